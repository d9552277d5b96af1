/** Light and dark, from 360 pixels to a wall. */
export const STYLES = `
:root { color-scheme: light dark; --paper: #f4f5f2; --card: #ffffff; --ink: #1b2021; --soft: #59636a; --line: #dcdfd9;
  --air: #12715f; --fill: #d5ece5; --bad: #a3201d; --bad-paper: #fdecea; --good-paper: #e0f2ec; }
@media (prefers-color-scheme: dark) { :root { --paper: #12171a; --card: #1b2226; --ink: #e9ecea; --soft: #9eabb1; --line: #2e383d;
  --air: #5fd0b5; --fill: #1d433b; --bad: #ff9a91; --bad-paper: #3a1e1d; --good-paper: #163a32; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.45 system-ui, "Noto Sans", sans-serif; overflow-wrap: anywhere; }
main { max-width: 76rem; margin: 0 auto; padding: 1rem 1rem 3rem; }
#connection { margin: 0; background: var(--bad-paper); color: var(--bad); text-align: center; }
#connection:not(:empty) { padding: .6rem 1rem; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem 1rem; margin: .5rem 0 1.25rem; }
h1 { margin: 0; font-size: 1.5rem; letter-spacing: -.01em; }
h2 { margin: 0 0 .6rem; font-size: .95rem; font-weight: 600; color: var(--soft); }
h3 { margin: 0; font-size: 1.15rem; }
p { margin: 0; }
.pill { padding: .2rem .8rem; border-radius: 99px; font-weight: 600; background: var(--line); }
.pill.good { background: var(--good-paper); color: var(--air); }
.pill.bad { background: var(--bad-paper); color: var(--bad); }
.where { flex-basis: 100%; color: var(--soft); }
section { margin-bottom: 1.5rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; }
.tile, .card, .hour { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: .9rem 1rem; }
.tile h2 { margin: 0; }
.value { font-size: clamp(1.1rem, .85rem + 1.2vw, 1.6rem); font-weight: 650; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.tile.bad .value, .tile.bad .note { color: var(--bad); }
.note { color: var(--soft); font-size: .875rem; }
.chart svg { display: block; width: 100%; height: 8rem; }
.spark svg { display: block; width: 100%; height: 2.5rem; margin-top: .6rem; }
.area { fill: var(--fill); }
.line { fill: none; stroke: var(--air); stroke-width: 2; vector-effect: non-scaling-stroke; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: .75rem; }
.card.waits { opacity: .8; }
.state { color: var(--soft); margin-bottom: .5rem; font-variant-numeric: tabular-nums; }
progress { display: block; width: 100%; height: .5rem; appearance: none; border: 0; border-radius: 99px; background: var(--line); overflow: hidden; }
progress::-webkit-progress-bar { background: var(--line); }
progress::-webkit-progress-value { background: var(--air); border-radius: 99px; }
progress::-moz-progress-bar { background: var(--air); border-radius: 99px; }
dl { margin: .75rem 0 0; }
.row { display: flex; justify-content: space-between; gap: 1rem; padding: .2rem 0; border-bottom: 1px solid var(--line); }
.row:last-child { border-bottom: 0; }
dt { color: var(--soft); }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
.packing { margin-bottom: .3rem; }
.packing + progress { margin-bottom: 1rem; }
.problems { background: var(--bad-paper); border-left: .35rem solid var(--bad); border-radius: .5rem; padding: .9rem 1rem; }
.problems h2 { color: var(--bad); }
.problems ul { margin: 0; padding: 0; list-style: none; }
.problems li { padding: .4rem 0; white-space: pre-line; }
.problems strong { margin-right: .6rem; }
.problems small { margin-left: .6rem; color: var(--soft); white-space: nowrap; }
`;
