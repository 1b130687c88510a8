// Pieces of work, two at a time: more would only wait for each other on a small machine, and run
// into their limits of time.

/** Does all the work, two pieces at a time, and gives the results in the order of the pieces. */
export async function twoAtATime<Result>(
  work: readonly (() => Promise<Result>)[],
): Promise<Result[]> {
  const results: Result[] = [];
  const left = work.entries();
  const worker = async () => {
    for (const [at, piece] of left) results[at] = await piece();
  };
  await Promise.all([worker(), worker()]);
  return results;
}
