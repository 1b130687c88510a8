// What build tools write into the text of functions: helpers that are sent along, and names for
// which there is a better remedy than to pass an argument.

/** Runs a generator as an asynchronous function: each `yield` waits. */
const DRIVE = "new Promise((done,fail)=>{const it=body.apply(self,args||[]);" +
  "const step=(how,given)=>{try{const{done:over,value}=it[how](given);" +
  'over?done(value):Promise.resolve(value).then((v)=>step("next",v),(e)=>step("throw",e))' +
  '}catch(e){fail(e)}};step("next")})';

/** Takes note of what `using` is to dispose of, and gives the value. */
const NOTE = "(stack,value,isAsync)=>{" +
  "if(value===null||value===undefined){if(isAsync)stack.push({isAsync});return value}" +
  "let dispose=isAsync?value[Symbol.asyncDispose]:undefined;" +
  "if(dispose===null||dispose===undefined){const own=value[Symbol.dispose];" +
  "dispose=isAsync&&own?function(){own.call(this)}:own}" +
  'if(typeof dispose!=="function")throw new TypeError("The value of using is not disposable");' +
  "stack.push({isAsync,value,dispose});return value}";

/** Disposes of what was noted, the last first; gives a promise if that takes `await`. */
const DISPOSE = "(stack,error,hasError)=>{" +
  'const both=(e)=>typeof SuppressedError==="function"?new SuppressedError(e,error):' +
  'Object.assign(new Error("A later error suppressed this one"),' +
  '{name:"SuppressedError",error:e,suppressed:error});' +
  "const fail=(e)=>{error=hasError?both(e):e;hasError=true};" +
  "const next=()=>{while(stack.length>0){const{isAsync,value,dispose}=stack.pop();try{" +
  "const result=dispose&&dispose.call(value);" +
  "if(isAsync)return Promise.resolve(result).then(next,(e)=>{fail(e);return next()})" +
  "}catch(e){fail(e)}}if(hasError)throw error};return next()}";

/**
 * Helpers by their names. `__name` keeps a function's name (esbuild, tsx); the others stand for
 * `async` and `using` where the tool's target has none (esbuild, tsx, Bun, TypeScript).
 */
export const HELPERS: ReadonlyMap<string, string> = new Map([
  ["__name", '(f,value)=>Object.defineProperty(f,"name",{value,configurable:true})'],
  ["__async", `(self,args,body)=>${DRIVE}`],
  ["__awaiter", `(self,args,_,body)=>${DRIVE}`],
  ["__using", NOTE],
  ["__callDispose", DISPOSE],
  ["__addDisposableResource", `({stack},value,isAsync)=>(${NOTE})(stack,value,isAsync)`],
  ["__disposeResources", `({stack,error,hasError})=>(${DISPOSE})(stack,error,hasError)`],
]);

/** What stands for the counters of a coverage tool: it takes every count and keeps none. */
export const COUNTER: string = "(()=>{const all=new Proxy(()=>all,{set:()=>true," +
  "get:(_,key)=>key===Symbol.toPrimitive?()=>0:all});return all})()";

/** Whether `name().property` is how Istanbul counts statements, functions and branches. */
export function isCounter(name: string, property: string): boolean {
  return /^cov_[\da-z]{6,12}$/.test(name) && /^[sfb]$/.test(property);
}

const AS_ARGUMENT = "pass what it needs as an argument";

/** Why a function cannot take some names along, and what to do instead. */
const REMEDIES: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^arguments$/, "an arrow function has no arguments of its own; use (...args)"],
  [/^(?:require|module|exports)$/, "it belongs to the file and stays behind; use await import(…)"],
  [/^__(?:dir|file)name$/, "it belongs to the file and stays behind; pass it as an argument"],
  [
    /^(?:__vite_ssr_import_meta__|import_meta|\$Bun_import_meta)$/,
    "import.meta is another one inside; pass import.meta.url as an argument",
  ],
  [
    /^(?:__vite_ssr_import_\d+__|import_\w+|\w+__WEBPACK_IMPORTED_MODULE_\w+)$/,
    "what a file imports stays behind; use await import(…) in the function",
  ],
  [
    /^(?:init_\w+|\w+_exports)$/,
    `${AS_ARGUMENT}; if a bundler wrote this name for an import(…), keep that module out of the bundle`,
  ],
  [/^cov_\w+$/, "a coverage tool counts by it; leave the file out of its instrumentation"],
  [/^__\w+$/, "it is a helper of a build tool; let the tool target ES2022 or later"],
  [
    /^_[a-z]\w*$/,
    `${AS_ARGUMENT}; if a build tool wrote this name, let the tool target ES2022 or later`,
  ],
];

/**
 * Why a name cannot be found where the function is called, and what to do.
 *
 * @param filename What stack traces call the function's text: it tells the function's own name.
 */
export function remedyFor(name: string, filename: string): string {
  if (filename === `<function ${name}>`) {
    return `to call itself it must have its name in its text: function ${name}(…) {…}`;
  }
  const known = REMEDIES.find(([pattern]) => pattern.test(name));
  return known?.[1] ??
    `${AS_ARGUMENT}, bind it by prepareMain({ ${name} }), or use await import(…) in the function`;
}
