// A module whose generator is read in another interpreter (calls.ts).

/**
 * Small objects, so many.
 * @param {number} count
 */
export async function* items(count) {
  for (let i = 0; i < count; i++) yield { i, s: "ab" };
}
