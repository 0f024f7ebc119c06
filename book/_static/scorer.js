// In which order search shows what it finds: Sphinx's own numbers, but a chapter before the sheets, solutions and the
// API, and a heading that holds all that was asked before pages whose headings hold a word of it. The whole name of a
// function still leads to its entry.
const CHAPTER = 10, HEADING = 5;
var Scorer = {
  score: ([name, _title, anchor, description, score]) =>
    score
    + (name.startsWith("book/") && !name.startsWith("book/api") ? CHAPTER : 0)
    + (anchor && description === null ? HEADING : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
