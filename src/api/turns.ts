// Results that are there at once leave the event loop no turn. A program that receives from a
// faster sender would see no timer fire any more, and a hostile sender would never meet the
// timeout of its own run. So now and then a result waits for a turn.

// Taken now: source may declare names of its own that hide these.
const { Promise, performance, setImmediate } = globalThis;

/** The longest that results follow each other without a turn. */
const LONGEST_MS = 10;
/** Results between two looks at the clock. */
const LOOKS = 16;

let results = 0;
let lastTurnMs = 0;
/** The turn that is waited for; what comes meanwhile waits too, and so stays in order. */
let turn: Promise<void> | undefined;

/** The result, after a turn of the event loop if there may have been none for long. */
export function inTurn<T>(result: Promise<T>): Promise<T> {
  if (turn === undefined) {
    if (++results % LOOKS !== 0 || performance.now() - lastTurnMs < LONGEST_MS) return result;
    turn = new Promise((resolve) => {
      // Not a timer, which takes a millisecond and more.
      setImmediate(() => {
        turn = undefined;
        lastTurnMs = performance.now();
        resolve();
      });
    });
  }
  return after(turn, result);
}

async function after<T>(turnToCome: Promise<void>, result: Promise<T>): Promise<T> {
  const value = await result;
  await turnToCome;
  return value;
}

/** When what follows itself began, if the event loop has had no turn since. */
let busySince: number | undefined;

/**
 * Whether there has been no turn for long. Whoever goes on by itself asks first, and if so goes
 * on in a `setImmediate`.
 */
export function isTurnDue(): boolean {
  if (busySince !== undefined) return performance.now() - busySince > LONGEST_MS;
  busySince = performance.now();
  setImmediate(() => {
    busySince = undefined;
  });
  return false;
}
