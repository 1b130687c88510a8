// bundle.js is generated, and has nothing for anybody.

export {};
