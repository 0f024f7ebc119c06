// Random numbers that a seed decides, for the figures that draw: Python puts this text between common.js and their own.

// Random numbers from 0 to 1 that a seed decides (mulberry32).
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// Standard normal numbers, by Box and Muller.
function normals(seed) {
  const next = random(seed);
  let kept = null;
  return () => {
    if (kept !== null) { const value = kept; kept = null; return value; }
    const radius = Math.sqrt(-2 * Math.log(1 - next())), angle = 2 * Math.PI * next();
    kept = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
