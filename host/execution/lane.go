package execution
