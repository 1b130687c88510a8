// Tasks that interpreters give to pools. What comes out of an interpreter is checked, and neither
// arguments nor results are read here: what they refer to is compared with what each side may use.

import { checkId } from "../../api/checks.ts";
import type { Given } from "../../executor/job.ts";
import { shutDownError } from "../../executor/shut_down.ts";
import { movedWith } from "../../api/run_options.ts";
import { poolKey } from "../../codec/handles.ts";
import { withTransferred } from "../../codec/pieces.ts";
import { InterpreterError } from "../../errors.ts";
import { fieldsOf } from "../../protocol/check.ts";
import type { Packed } from "../../protocol/frames.ts";
import type { PassedRunOptions } from "../../protocol/options.ts";
import type { TaskAction } from "../../protocol/requests.ts";
import { checkRun } from "../arguments.ts";
import { type Done, toPromise } from "../outcome.ts";
import type { HostRealm } from "../realm.ts";
import { handedChannels } from "../runs/passing.ts";
import { startRun } from "../runs/run.ts";

const WHAT = "Cannot submit a task";

/** Who has asked for a task, and for which. */
export interface AskedSubmission {
  readonly caller: number;
  readonly call: number;
  readonly argument: unknown;
}

interface CheckedSubmission extends Pick<Given, "priority" | "waits"> {
  readonly pool: number;
  readonly source: string;
  readonly options: PassedRunOptions;
}

/** Submits a task for an interpreter; the call is done when the task has ended. */
export function submitFor(
  host: HostRealm,
  asked: AskedSubmission,
  done: Done<Packed | null>,
): void {
  const submission = check(host, asked);
  try {
    submit(host, { ...asked, ...submission }, done);
  } catch (error) {
    throw refused(error, submission.options);
  }
}

/** The error of a task that has not begun: what was to move with it is the caller's again. */
function refused(error: unknown, options: PassedRunOptions): unknown {
  return error instanceof Error ? withTransferred(error, movedWith(options) ?? []) : error;
}

function submit(
  host: HostRealm,
  { caller, call, pool: id, source, options, priority, waits }: AskedSubmission & CheckedSubmission,
  answer: Done<Packed | null>,
): void {
  const pool = host.pools.get(id);
  if (pool === undefined) throw shutDownError();
  if (host.functions.isBlockedOn(caller)) {
    throw new InterpreterError(
      `${WHAT}: the program blocks until this run ends, and its pools do nothing meanwhile; let it await the run`,
    );
  }
  const abort = new AbortController();
  let result: Packed | null = null;
  let hasBegun = false;
  const checked = { ...options, signal: undefined };
  const task = pool.submit({
    job: {
      kind: undefined,
      source,
      options: checked,
      run: async (worker) => {
        hasBegun = true;
        result = await toPromise<Packed | null>((settle) =>
          void startRun(host, { id: worker, source, options: checked }, (settled) => {
            for (const key of settled.ok ? settled.value?.channels ?? [] : []) {
              if (host.access.reaches(worker, key)) host.access.grant(caller, key);
            }
            settle(settled);
          })
        );
      },
    },
    signal: abort.signal,
    timeoutMs: options.timeoutMs,
    moved: undefined,
    priority,
    waits,
    validator: undefined,
    caller: undefined,
  });
  host.pools.keep(caller, call, { task, abort: () => abort.abort() });
  const end: Done<Packed | null> = (settled) => {
    host.pools.forget(caller, call);
    answer(settled);
  };
  task.then(
    () => end({ ok: true, value: result }),
    (error: unknown) => end({ ok: false, error: hasBegun ? error : refused(error, options) }),
  );
}

function check(host: HostRealm, { caller, argument }: AskedSubmission): CheckedSubmission {
  const { pool, source, options, priority, waits } = fieldsOf(argument);
  const id = checkId(`${WHAT}: pool`, pool);
  host.access.checkReaches(caller, poolKey(id));
  if (typeof source !== "string") throw new TypeError(`${WHAT}: source must be a string`);
  if (typeof priority !== "number" || Number.isNaN(priority)) {
    throw new TypeError(`${WHAT}: priority must be a number`);
  }
  const checked: PassedRunOptions = {
    ...checkRun(options, host.optionsOf(caller).limits.messageBytes),
    channels: null,
    onTimeout: "terminate",
    onAbort: "terminate",
    wantsValue: true,
  };
  for (const key of handedChannels(checked)) host.access.checkReaches(caller, key);
  return { pool: id, source, options: checked, priority, waits: waits === true };
}

/** What is to be done with a task; checked, because it comes out of an interpreter. */
export function steerFor(host: HostRealm, caller: number, argument: unknown): boolean {
  const { call, action } = fieldsOf(argument);
  if (!isAction(action)) {
    throw new TypeError('Cannot steer a task: action must be "cancel", "abort" or "ask"');
  }
  return host.pools.steer(caller, checkId("Cannot steer a task: call", call), action);
}

function isAction(action: unknown): action is TaskAction {
  return action === "cancel" || action === "abort" || action === "ask";
}
