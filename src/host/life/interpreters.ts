// The interpreters: their threads are started here, and their actors told what happens. Which exist, and
// in which state, only the supervisor and its actors know; the map of threads reaches one by its id.

import { type ActorRefFrom, createActor } from "xstate";
import type { InterpreterActorRef } from "../../../actors/events.ts";
import { ended } from "../../../actors/ended.ts";
import { refusalOf } from "../../../actors/interpreter.ts";
import { type SupervisorMachine, supervisorMachine } from "../../../actors/supervisor.ts";
import type { CreatorCallbacks } from "../../api/create_options.ts";
import type { InterpreterFacts } from "../../api/inspection.ts";
import type { ReadShapes } from "../../codec/shapes.ts";
import { InterpreterError, InterpreterTerminatedError } from "../../errors.ts";
import type { HostFrame } from "../../protocol/frames.ts";
import type { CheckedCreateOptions, InterpreterInfo } from "../../protocol/options.ts";
import type { ThreadEnd, ThreadUsage } from "../../runtime/adapter.ts";
import { adapter } from "../../runtime/detect.ts";
import { checkEntry, whenStartable } from "../../runtime/inlined.ts";
import { describeError, reportError } from "../../runtime/program.ts";
import { mapExcinfo } from "../../source/positions.ts";
import { bootOf, nameOf, startThread } from "./boot.ts";
import type { Creator } from "../calls/callees.ts";
import { crashed, flooded, notFound, outOfMemory, refused, unborn } from "./ends.ts";
import { refuseUnenforceable } from "./enforce.ts";
import { DIRECT, kindOf, spareBoot } from "./kinds.ts";
import { onceStartable } from "./once_startable.ts";
import { type Spare, type SpareKind, Spares } from "./spares.ts";
import { type Start, StartQueue } from "./start_queue.ts";
import { type Input, openInput, programStandardInput } from "../stdio/input.ts";
import { creates, ends } from "../diagnostics.ts";
import { publishEnd } from "./publish_end.ts";
import { attempt, type Done } from "../outcome.ts";
import { Output } from "../stdio/output.ts";
import {
  type AnswerFrame,
  type ChannelFrame,
  ENTRY,
  type GuestThread,
  type OutputFrame,
  type RequestFrame,
  type ThreadListener,
  type UncaughtFrame,
} from "./thread.ts";

/** Id of the main interpreter. */
const MAIN = 0;

/** What the rest of the host does for a thread. */
export interface Services {
  onRequest(thread: GuestThread, frame: RequestFrame): void;
  onChannel(thread: GuestThread, frame: ChannelFrame): void;
  onAnswer(thread: GuestThread, frame: AnswerFrame): void;
  /** It executes no more, but for native work; `onGone` follows. */
  onEnded(thread: GuestThread, error: InterpreterTerminatedError): void;
  onGone(thread: GuestThread, creation: Creation): void;
  /** A thread has been started; `onGone` follows. */
  onCreate(id: number, creation: Creation): void;
}

/** What an interpreter is created with. */
export interface Creation {
  /** Id of the interpreter that creates it. */
  readonly creator: number;
  readonly options: CheckedCreateOptions;
  /** What stays with the creator; an interpreter that creates another is called back by frames. */
  readonly callbacks: CreatorCallbacks;
  /** Who owns its functions, if that is an interpreter. */
  readonly owner?: Creator;
}

/** What is kept of a thread besides the thread. */
interface Started extends Creation {
  readonly thread: GuestThread;
  readonly output: Output;
  readonly input: Input | undefined;
  /** Whoever created it is told once how that ended. */
  readonly created: Done<InterpreterInfo>;
  /** When it was asked for. */
  readonly askedMs: number;
}

/** An interpreter that is to be started. */
interface Plan {
  readonly creation: Creation;
  readonly output: Output;
  readonly kind: SpareKind;
  /** When it was asked for. */
  readonly askedMs: number;
  /** It gets one when it is its turn: ids only grow, and none is of one that was given up before. */
  id: number;
}

/** All interpreters but the main one. */
export class Interpreters implements ThreadListener {
  readonly supervisor: ActorRefFrom<SupervisorMachine> = createActor(supervisorMachine, {
    id: "supervisor",
  });
  readonly #started = new Map<number, Started>();
  readonly #services: Services;
  readonly #starts = new StartQueue();
  readonly #spares = new Spares(spareBoot, this.#starts);
  #lastId = 0;

  constructor(services: Services) {
    this.#services = services;
    // Without an observer XState throws an actor's error from a timer, which ends the process.
    this.supervisor.subscribe({ error: (error) => reportError("supervisor", error) });
    this.supervisor.start();
  }

  /**
   * Starts an interpreter, when it is its turn; the function returned gives it up while it boots.
   *
   * @param isUrgent The caller blocks until it is there.
   */
  create(creation: Creation, done: Done<InterpreterInfo>, isUrgent = false): () => void {
    const create = (settle: Done<InterpreterInfo>) => this.#create(creation, settle, isUrgent);
    return isUrgent ? create(done) : onceStartable(create, done);
  }

  #create(creation: Creation, done: Done<InterpreterInfo>, isUrgent: boolean): () => void {
    const { options } = creation;
    const { permissions } = options;
    if (permissions !== "inherit" && adapter.hasLost?.(permissions) === true) {
      this.#spares.forget(permissions);
    }
    refuseUnenforceable(options);
    checkEntry(ENTRY);
    const plan = this.#plan(creation);
    const spare = this.#spares.take(plan.kind);
    if (spare !== undefined) return this.#start(plan, spare, done);
    let giveUp = () => {};
    const start: Start = (leave) =>
      attempt<InterpreterInfo>((settle) => {
        if (creation.creator !== MAIN && !this.#started.has(creation.creator)) {
          throw new InterpreterError("Cannot create an interpreter: its creator has ended");
        }
        giveUp = this.#start(plan, this.#spares.take(plan.kind), settle);
      }, (settled) => {
        leave();
        done(settled);
      });
    if (isUrgent) {
      this.#starts.passNow(start);
      return () => giveUp();
    }
    const callOff = this.#starts.pass(start);
    return () => {
      callOff();
      giveUp();
    };
  }

  #plan(creation: Creation): Plan {
    const output = new Output({
      ...creation,
      creator: this.#started.get(creation.creator)?.output,
      onLimit: (limit) => this.#onOutputLimit(plan.id, limit),
    });
    const kind = kindOf(creation.options, output.routes);
    const plan = { creation, output, kind, askedMs: performance.now(), id: MAIN };
    return plan;
  }

  #start(plan: Plan, spare: Spare | undefined, done: Done<InterpreterInfo>): () => void {
    const { creation, output, kind, askedMs } = plan;
    const { options } = creation;
    const id = ++this.#lastId;
    plan.id = id;
    const input = openInput(options, creation.callbacks, () => this.#inputFor(creation.creator));
    const thread = startThread({
      id,
      name: nameOf(id, options.name),
      boot: bootOf({ id, options, kind, hasInput: input !== undefined }),
      limits: options.limits,
      permissions: options.permissions,
      spare,
      listener: this,
    });
    this.#started.set(id, { ...creation, thread, output, input, created: done, askedMs });
    // A guest must not decide for which kinds there are spares.
    if (creation.creator === MAIN) this.#spares.refill(kind);
    this.#services.onCreate(id, creation);
    if (spare?.isWarm === true) this.onReady(thread);
    return () => {
      if (this.#isBooting(id)) thread.stop({ error: ended(id, "aborted"), isClosing: false });
    };
  }

  /** Whether it has a thread, and the supervisor has not heard of it yet. */
  #isBooting(id: number): boolean {
    return this.#started.get(id)?.thread.isEnding === false && this.find(id) === undefined;
  }

  /** The standard input of an interpreter, if it has one. */
  inputOf(id: number): Input | undefined {
    return this.#started.get(id)?.input;
  }

  /** What one that is created with `stdin: "inherit"` reads. */
  #inputFor(creator: number): Input | undefined {
    return creator === MAIN ? programStandardInput() : this.inputOf(creator);
  }

  /** Keeps so many warm threads for the interpreters to come. */
  configure(spares: number): void {
    whenStartable(() => this.#spares.configure(spares, kindOf(undefined, DIRECT)));
  }

  /** Ids and flags of the interpreters that exist, ascending. */
  list(): InterpreterInfo[] {
    return [...this.supervisor.getSnapshot().context.interpreters.keys()]
      .map((id) => this.#info(id))
      .sort((a, b) => a.id - b.id);
  }

  /** What is known of an interpreter besides its state; `undefined` if it does not exist. */
  describe(id: number): InterpreterInfo | undefined {
    return this.find(id) === undefined ? undefined : this.#info(id);
  }

  /** What is shown of the interpreters that exist. */
  facts(): InterpreterFacts[] {
    return this.list().map(({ id, name, isolated }) => {
      const { creator, actor } = this.get(id);
      return { id, name, isolated, creator, state: actor.getSnapshot().value };
    });
  }

  /** What the thread of an interpreter uses; throws if it does not exist. */
  usage(id: number): Promise<ThreadUsage> {
    return this.get(id).thread.usage();
  }

  #info(id: number): InterpreterInfo {
    const started = this.#started.get(id);
    if (started === undefined) throw new Error(`Invariant: interpreter ${id} has a thread`);
    const { isolated, name } = started.options;
    const whence = started.creator === MAIN ? "host" : "interpreter";
    return { id, isolated, name: nameOf(id, name), whence };
  }

  /** The actor of an interpreter, if it exists. */
  find(id: number): InterpreterActorRef | undefined {
    return this.supervisor.getSnapshot().context.interpreters.get(id);
  }

  /** Whether a run of the interpreter is in progress. */
  isRunning(id: number): boolean {
    return this.find(id)?.getSnapshot().value === "running";
  }

  /** What is remembered of the messages of an interpreter, if it exists. */
  shapesOf(id: number): ReadShapes | undefined {
    return this.#started.get(id)?.thread.shapes;
  }

  /** The actor and the thread of an interpreter; throws if it does not exist. */
  get(id: number): Creation & { actor: InterpreterActorRef; thread: GuestThread } {
    const actor = this.find(id);
    const started = this.#started.get(id);
    if (actor === undefined || started === undefined) throw notFound(id);
    return { ...started, actor };
  }

  /**
   * Ends an interpreter; resolves when its thread is gone, or busy with native work alone. Of
   * one that is ending already the reason stays what it was.
   */
  end(id: number, error: InterpreterTerminatedError): Promise<void> {
    this.find(id)?.send({ type: "TERMINATE", error });
    const thread = this.#started.get(id)?.thread;
    return thread?.isEnding === true ? thread.ending.settled : Promise.resolve();
  }

  /** Ends an idle interpreter; resolves when its thread is gone. */
  close(id: number): Promise<void> {
    const { actor, thread } = this.get(id);
    const event = { type: "CLOSE" } as const;
    const refusal = refusalOf(actor.getSnapshot(), event);
    if (refusal !== undefined) throw refused(id, refusal);
    actor.send(event);
    return thread.ending.gone;
  }

  /** As `close`, for a caller that will not let the event loop run. */
  closeSync(id: number): void {
    const thread = this.#started.get(id)?.thread;
    void this.close(id);
    thread?.finishStopSync();
  }

  /** Sends a frame to an interpreter, unless it is about to end. */
  tell(id: number, frame: HostFrame): void {
    const thread = this.#started.get(id)?.thread;
    if (thread?.isEnding === false) thread.post(frame);
  }

  /** Handles the frames that have arrived from all threads, without the event loop. */
  drain(): void {
    this.#starts.serve();
    for (const { thread } of [...this.#started.values()]) thread.drain();
  }

  /** Whether the interpreter's thread may still do something. */
  isAlive(id: number): boolean {
    // Who waits for a lock of a dead thread does not hear of its death meanwhile.
    return id === MAIN || this.#started.get(id)?.thread.isLost === false;
  }

  onReady(thread: GuestThread): void {
    const { id } = thread;
    const started = this.#started.get(id);
    if (started === undefined || !this.#isBooting(id)) return;
    const now = performance.now();
    this.supervisor.send({
      type: "SPAWN",
      input: {
        id,
        isolated: started.options.isolated,
        stop: (reason, cause) => {
          const error = cause ?? ended(id, reason);
          if (ends.isHeard) publishEnd(thread, { error, name: started.options.name, since: now });
          thread.stop({ error, isClosing: cause === undefined });
        },
      },
    });
    if (creates.isHeard) {
      const { name, isolated } = this.#info(id);
      const { creator, askedMs, callbacks: { context } } = started;
      const times = { time: now, duration: now - askedMs };
      creates.publish({ id, name, isolated, creator, ...times }, context);
    }
    started.created({ ok: true, value: this.#info(id) });
  }

  onUncaught({ id }: GuestThread, frame: UncaughtFrame): PromiseLike<void> | undefined {
    const excinfo = mapExcinfo(frame.excinfo);
    const text = excinfo.stack ?? `${excinfo.name}: ${excinfo.message}`;
    const full = this.#started.get(id)?.output.report(describeError(`interpreter ${id}`, text));
    this.find(id)?.send({ type: "UNCAUGHT", excinfo });
    return full;
  }

  onOutput({ id }: GuestThread, { stream, text }: OutputFrame): PromiseLike<void> | undefined {
    return this.#started.get(id)?.output.write(stream, text);
  }

  #onOutputLimit(id: number, limit: number): void {
    const message = `Interpreter ${id} ended: it wrote more than its limit of ${limit} bytes`;
    void this.end(id, new InterpreterTerminatedError(message, { reason: "output limit" }));
  }

  onFlood({ id }: GuestThread): void {
    void this.end(id, flooded(id));
  }

  onExit({ id }: GuestThread, code: number): void {
    const message = `Interpreter ${id} exited with code ${code}`;
    void this.end(id, new InterpreterTerminatedError(message, { reason: "exit", exitCode: code }));
  }

  onOutOfMemory({ id }: GuestThread): void {
    void this.end(id, outOfMemory(id));
  }

  onCrash(thread: GuestThread, end: ThreadEnd): void {
    const { id } = thread;
    const started = this.#started.get(id);
    if (started === undefined) return;
    if (this.#isBooting(id)) started.created({ ok: false, error: unborn(end) });
    else this.find(id)?.send({ type: "CRASH", error: crashed(id, end) });
  }

  onEnded(thread: GuestThread, error: InterpreterTerminatedError): void {
    this.#services.onEnded(thread, error);
  }

  onGone(thread: GuestThread): void {
    const started = this.#started.get(thread.id);
    if (started === undefined) return;
    started.output.end();
    // One that it has from its creator is the creator's to end.
    if (started.options.stdin.kind !== "inherit") started.input?.end();
    this.#started.delete(thread.id);
    this.#services.onGone(thread, started);
  }

  onRequest(thread: GuestThread, frame: RequestFrame): void {
    this.#services.onRequest(thread, frame);
  }

  onChannel(thread: GuestThread, frame: ChannelFrame): void {
    this.#services.onChannel(thread, frame);
  }

  onAnswer(thread: GuestThread, frame: AnswerFrame): void {
    this.#services.onAnswer(thread, frame);
  }
}
