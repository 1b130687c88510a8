// A worker that does nothing but take a core, for as long as a sample lasts.

const until = performance.now() + 1_500;
while (performance.now() < until);
