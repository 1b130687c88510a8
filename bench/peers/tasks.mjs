// What every team is asked to do. Piscina and tinypool load this file itself and
// pass one argument; the other workers import it.

/** A call that costs nothing. */
export function add({ a, b }) {
  return a + b;
}

/** A call that costs a core some milliseconds: how many primes are below `limit`. */
export function primes({ limit }) {
  let count = 0;
  for (let n = 2; n < limit; n++) {
    let divisor = 2;
    while (divisor * divisor <= n && n % divisor !== 0) divisor++;
    if (divisor * divisor > n) count++;
  }
  return count;
}
