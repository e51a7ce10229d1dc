// Kernels for the differential test and the benchmark: the loops that programs are made of. Each
// takes a size and gives a checksum. Freestanding: no library.
#include <stdint.h>
#include <stddef.h>

#define EXPORT(name) __attribute__((export_name(#name)))


static uint32_t seed;
static uint32_t next(void) { seed = seed * 1664525u + 1013904223u; return seed; }
static double unit(void) { return (double)(next() >> 8) / 16777216.0; }

static double ma[96 * 96], mb[96 * 96], mc[96 * 96];
EXPORT(matmul) int64_t matmul(int n) {
  seed = 1;
  for (int i = 0; i < n * n; i++) { ma[i] = unit(); mb[i] = unit(); }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      double s = 0;
      for (int k = 0; k < n; k++) s += ma[i * n + k] * mb[k * n + j];
      mc[i * n + j] = s;
    }
  return (int64_t)(mc[n + 1] * 1e6);
}

static double prices[1 << 15], ema[1 << 15], sma[1 << 15], rsi[1 << 15];
EXPORT(indicators) int64_t indicators(int n) {
  seed = 2;
  double p = 100;
  for (int i = 0; i < n; i++) { p *= 1 + (unit() - 0.5) * 0.01; prices[i] = p; }
  for (int round = 0; round < 8; round++) {
    double e = prices[0], k = 2.0 / (10 + round), sum = 0, up = 0, down = 0;
    for (int i = 0; i < n; i++) {
      e += k * (prices[i] - e);
      ema[i] = e;
      sum += prices[i];
      if (i >= 50) sum -= prices[i - 50];
      sma[i] = sum / (i < 50 ? i + 1 : 50);
      double d = i ? prices[i] - prices[i - 1] : 0;
      up = up * 0.93 + (d > 0 ? d : 0) * 0.07;
      down = down * 0.93 + (d < 0 ? -d : 0) * 0.07;
      rsi[i] = up + down > 0 ? 100 * up / (up + down) : 50;
    }
  }
  return (int64_t)((ema[n - 1] + sma[n - 1] + rsi[n - 1]) * 1e6);
}

static int32_t items[1 << 17];
static void quick(int32_t *a, int lo, int hi) {
  while (lo < hi) {
    int32_t p = a[(lo + hi) / 2];
    int i = lo, j = hi;
    while (i <= j) {
      while (a[i] < p) i++;
      while (a[j] > p) j--;
      if (i <= j) { int32_t t = a[i]; a[i++] = a[j]; a[j--] = t; }
    }
    if (j - lo < hi - i) { quick(a, lo, j); lo = i; } else { quick(a, i, hi); hi = j; }
  }
}
EXPORT(quicksort) int64_t quicksort(int n) {
  seed = 3;
  for (int i = 0; i < n; i++) items[i] = (int32_t)next();
  quick(items, 0, n - 1);
  int64_t h = 0;
  for (int i = 0; i < n; i += 97) h = h * 31 + items[i];
  return h;
}

typedef int (*compare)(int32_t, int32_t);
static int ascending(int32_t a, int32_t b) { return a < b; }
static int descending(int32_t a, int32_t b) { return a > b; }
static compare volatile orders[2] = {ascending, descending};
EXPORT(heapsort_indirect) int64_t heapsort_indirect(int n) {
  seed = 4;
  for (int i = 0; i < n; i++) items[i] = (int32_t)next();
  compare before = orders[n & 1];
  for (int end = n, start = n / 2; end > 1;) {
    if (start > 0) start--;
    else { end--; int32_t t = items[end]; items[end] = items[0]; items[0] = t; }
    for (int root = start, child; (child = 2 * root + 1) < end; root = child) {
      if (child + 1 < end && before(items[child], items[child + 1])) child++;
      if (!before(items[root], items[child])) break;
      int32_t t = items[root]; items[root] = items[child]; items[child] = t;
    }
  }
  return (int64_t)items[0] * 31 + items[n - 1];
}

static uint32_t keys[1 << 16], values[1 << 16];
EXPORT(hashmap) int64_t hashmap(int n) {
  seed = 5;
  __builtin_memset(keys, 0, sizeof keys);
  int64_t hits = 0;
  for (int i = 0; i < n; i++) {
    uint32_t k = (next() % 40000) + 1, h = (k * 2654435761u) >> 16;
    while (keys[h] && keys[h] != k) h = (h + 1) & 0xffff;
    if (keys[h]) { values[h]++; hits++; } else { keys[h] = k; values[h] = 1; }
  }
  return hits;
}

static const uint32_t K[64] = {
  0x428a2f98,0x71374491,0xb5c0fbcf,0xe9b5dba5,0x3956c25b,0x59f111f1,0x923f82a4,0xab1c5ed5,0xd807aa98,0x12835b01,0x243185be,0x550c7dc3,0x72be5d74,0x80deb1fe,0x9bdc06a7,0xc19bf174,
  0xe49b69c1,0xefbe4786,0x0fc19dc6,0x240ca1cc,0x2de92c6f,0x4a7484aa,0x5cb0a9dc,0x76f988da,0x983e5152,0xa831c66d,0xb00327c8,0xbf597fc7,0xc6e00bf3,0xd5a79147,0x06ca6351,0x14292967,
  0x27b70a85,0x2e1b2138,0x4d2c6dfc,0x53380d13,0x650a7354,0x766a0abb,0x81c2c92e,0x92722c85,0xa2bfe8a1,0xa81a664b,0xc24b8b70,0xc76c51a3,0xd192e819,0xd6990624,0xf40e3585,0x106aa070,
  0x19a4c116,0x1e376c08,0x2748774c,0x34b0bcb5,0x391c0cb3,0x4ed8aa4a,0x5b9cca4f,0x682e6ff3,0x748f82ee,0x78a5636f,0x84c87814,0x8cc70208,0x90befffa,0xa4506ceb,0xbef9a3f7,0xc67178f2};
#define ROR(x, n) (((x) >> (n)) | ((x) << (32 - (n))))
EXPORT(sha256) int64_t sha256(int blocks) {
  uint32_t h[8] = {0x6a09e667,0xbb67ae85,0x3c6ef372,0xa54ff53a,0x510e527f,0x9b05688c,0x1f83d9ab,0x5be0cd19}, w[64];
  seed = 6;
  for (int b = 0; b < blocks; b++) {
    for (int i = 0; i < 16; i++) w[i] = next();
    for (int i = 16; i < 64; i++) {
      uint32_t s0 = ROR(w[i-15],7) ^ ROR(w[i-15],18) ^ (w[i-15] >> 3), s1 = ROR(w[i-2],17) ^ ROR(w[i-2],19) ^ (w[i-2] >> 10);
      w[i] = w[i-16] + s0 + w[i-7] + s1;
    }
    uint32_t v[8];
    for (int i = 0; i < 8; i++) v[i] = h[i];
    for (int i = 0; i < 64; i++) {
      uint32_t t1 = v[7] + (ROR(v[4],6) ^ ROR(v[4],11) ^ ROR(v[4],25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + K[i] + w[i];
      uint32_t t2 = (ROR(v[0],2) ^ ROR(v[0],13) ^ ROR(v[0],22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
      v[7] = v[6]; v[6] = v[5]; v[5] = v[4]; v[4] = v[3] + t1; v[3] = v[2]; v[2] = v[1]; v[1] = v[0]; v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) h[i] += v[i];
  }
  return ((int64_t)h[0] << 32) | h[7];
}

static int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
EXPORT(fib) int64_t fib(int n) { return fibonacci(n); }

struct shape { int kind; double a, b; };
typedef double (*area)(const struct shape *);
static double square(const struct shape *s) { return s->a * s->a; }
static double rectangle(const struct shape *s) { return s->a * s->b; }
static double triangle(const struct shape *s) { return s->a * s->b / 2; }
static double circle(const struct shape *s) { return s->a * s->a * 3.14159; }
static area volatile areas[4] = {square, rectangle, triangle, circle};
static struct shape shapes[1024];
EXPORT(vcalls) int64_t vcalls(int rounds) {
  seed = 7;
  for (int i = 0; i < 1024; i++) shapes[i] = (struct shape){next() >> 30, unit(), unit()};
  double sum = 0;
  for (int r = 0; r < rounds; r++)
    for (int i = 0; i < 1024; i++) sum += areas[shapes[i].kind](&shapes[i]);
  return (int64_t)(sum * 1000);
}

static uint8_t composite[1 << 20];
EXPORT(sieve) int64_t sieve(int n) {
  __builtin_memset(composite, 0, n);
  int64_t primes = 0;
  for (int i = 2; i < n; i++) {
    if (composite[i]) continue;
    primes++;
    for (int j = i * 2; j < n; j += i) composite[j] = 1;
  }
  return primes;
}

static const uint8_t program[] = {0, 10, 1, 0, 3, 2, 1, 0, 4, 5, 6, 2, 7};
EXPORT(vm) int64_t vm(int steps) {
  int64_t acc = 1, reg[4] = {1, 2, 3, 4};
  int pc = 0;
  for (int i = 0; i < steps; i++) {
    switch (program[pc] & 7) {
      case 0: acc += reg[i & 3]; break;
      case 1: acc ^= acc << 1; break;
      case 2: reg[i & 3] = acc; break;
      case 3: if (acc & 1) pc++; break;
      case 4: acc = acc * 3 + 1; break;
      case 5: reg[0] += reg[1] - reg[2]; break;
      case 6: acc >>= 1; break;
      default: acc += 7; break;
    }
    if (++pc >= (int)sizeof program) pc = 0;
  }
  return acc + reg[3];
}

struct node { struct node *next; int16_t data, index; };
static struct node nodes[512];
static uint16_t crc(uint16_t c, uint16_t d) {
  for (int i = 0; i < 16; i++) { c = (c & 1) ^ (d & 1) ? (c >> 1) ^ 0xa001 : c >> 1; d >>= 1; }
  return c;
}
EXPORT(coremark) int64_t coremark(int rounds) {
  uint16_t c = 0;
  seed = 8;
  for (int i = 0; i < 512; i++) nodes[i] = (struct node){i + 1 < 512 ? &nodes[i + 1] : NULL, (int16_t)next(), (int16_t)i};
  struct node *head = nodes;
  for (int r = 0; r < rounds; r++) {
    struct node *rev = NULL;
    while (head) { struct node *n = head->next; head->next = rev; rev = head; head = n; }
    head = rev;
    for (struct node *p = head; p; p = p->next) if ((p->data ^ r) & 1) c = crc(c, (uint16_t)p->data);
    int state = 0;
    for (int i = 0; i < 512; i++) {
      int ch = (nodes[i].data >> 4) & 15;
      switch (state) {
        case 0: state = ch < 10 ? 1 : ch == 11 ? 2 : 3; break;
        case 1: state = ch < 10 ? 1 : ch == 12 ? 2 : 0; break;
        case 2: state = ch & 1 ? 3 : 1; break;
        default: state = ch == 15 ? 0 : 3; break;
      }
      c ^= (uint16_t)state;
    }
  }
  return c;
}

EXPORT(mandel) int64_t mandel(int n) {
  int64_t total = 0;
  for (int y = 0; y < n; y++)
    for (int x = 0; x < n; x++) {
      double cr = 2.0 * x / n - 1.5, ci = 2.0 * y / n - 1, zr = 0, zi = 0;
      int i = 0;
      for (; i < 100 && zr * zr + zi * zi < 4; i++) { double t = zr * zr - zi * zi + cr; zi = 2 * zr * zi + ci; zr = t; }
      total += i;
    }
  return total;
}

static double bx[5], by[5], bz[5], vx[5], vy[5], vz[5], bm[5];
EXPORT(nbody) int64_t nbody(int steps) {
  seed = 9;
  for (int i = 0; i < 5; i++) { bx[i] = unit() * 10; by[i] = unit() * 10; bz[i] = unit(); vx[i] = unit(); vy[i] = unit(); vz[i] = 0; bm[i] = unit(); }
  for (int s = 0; s < steps; s++) {
    for (int i = 0; i < 5; i++)
      for (int j = i + 1; j < 5; j++) {
        double dx = bx[i] - bx[j], dy = by[i] - by[j], dz = bz[i] - bz[j], d2 = dx * dx + dy * dy + dz * dz + 0.01;
        double mag = 0.001 / (d2 * __builtin_sqrt(d2));
        vx[i] -= dx * bm[j] * mag; vy[i] -= dy * bm[j] * mag; vz[i] -= dz * bm[j] * mag;
        vx[j] += dx * bm[i] * mag; vy[j] += dy * bm[i] * mag; vz[j] += dz * bm[i] * mag;
      }
    for (int i = 0; i < 5; i++) { bx[i] += 0.001 * vx[i]; by[i] += 0.001 * vy[i]; bz[i] += 0.001 * vz[i]; }
  }
  return (int64_t)(bx[0] * 1e9);
}

static char text[1 << 16];
EXPORT(parse) int64_t parse(int rounds) {
  seed = 10;
  int n = 0;
  while (n < 60000) {
    uint32_t r = next() >> 16;
    int digits = 1 + r % 6;
    if (r & 64) text[n++] = '-';
    for (int i = 0; i < digits; i++) text[n++] = '0' + (next() >> 16) % 10;
    if (r & 128) { text[n++] = '.'; text[n++] = '5'; }
    text[n++] = ',';
  }
  int64_t sum = 0;
  for (int round = 0; round < rounds; round++) {
    const char *p = text, *end = text + n;
    while (p < end) {
      int negative = *p == '-';
      if (negative) p++;
      int64_t v = 0;
      while (*p >= '0' && *p <= '9') v = v * 10 + (*p++ - '0');
      if (*p == '.') { p++; while (*p >= '0' && *p <= '9') p++; }
      if (*p == ',') p++;
      sum += negative ? -v : v;
    }
  }
  return sum;
}

static uint8_t from[1 << 18], to[1 << 18];
EXPORT(copy) int64_t copy(int rounds) {
  for (int i = 0; i < 1 << 18; i++) from[i] = (uint8_t)(i * 7);
  for (int r = 0; r < rounds; r++) {
    __builtin_memcpy(to, from + (r & 63), (1 << 18) - 64);
    __builtin_memset(from + (r & 1023), r, 512);
  }
  int64_t h = 0;
  for (int i = 0; i < 1 << 18; i += 64) h = h * 31 + to[i];
  return h;
}

// tick is a short call such as a strategy's: an average and a variance.
static double mean, variance, last;
EXPORT(tick) int64_t tick(int price) {
  double p = price, d = p - mean;
  mean += d * 0.1;
  variance = 0.9 * (variance + 0.1 * d * d);
  int64_t signal = p > mean && last <= mean ? 1 : p < mean && last >= mean ? -1 : 0;
  last = p;
  return signal + (int64_t)(variance > 100);
}
