// A guest in Rust that goes wrong as the first byte of its input says. Built, and checked in, by
//
//   rustc 1.63 --target wasm32-wasi -O -C panic=abort -C strip=debuginfo -C linker=wasm-ld \
//       --crate-type cdylib rust-panics.rs -o rust-panics.wasm

use std::collections::HashMap;

static mut BUFFER: [u64; 4096] = [0; 4096];

#[no_mangle]
pub extern "C" fn agenthost_abi() -> u32 {
    0x10000
}

#[no_mangle]
pub extern "C" fn agenthost_buffer(size: u32) -> u32 {
    if size > 32768 {
        return 0;
    }
    unsafe { BUFFER.as_ptr() as u32 }
}

fn recurse(n: u64) -> u64 {
    if n == 0 {
        0
    } else {
        recurse(n - 1).wrapping_mul(3).rotate_left(n as u32) // nothing that a loop could do
    }
}

#[no_mangle]
pub extern "C" fn strategy_tick(_input: u32, length: u32) -> u64 {
    let zero = length.wrapping_sub(length);
    match unsafe { BUFFER[0] } as u8 {
        b'p' => panic!("the author's own words"),
        b'i' => vec![1u64, 2, 3][length as usize + 3],
        b'd' => (1 / zero) as u64,
        b'u' => None::<u64>.unwrap(),
        b'r' => recurse((1 << 40) + length as u64),
        b'x' => std::process::exit(3),
        b'a' => {
            let mut all = Vec::new();
            loop {
                all.push(vec![1u8; 1 << 20]);
            }
        }
        b'o' => {
            let counts: HashMap<u32, u32> = (0..length).map(|i| (i, i)).collect();
            println!("{} entries", counts.len());
            0
        }
        _ => 0,
    }
}
