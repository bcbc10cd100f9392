// The marks of a drawing are one stop of the tab key; arrow keys go from one to the next. `up` is what the key upwards adds to a mark's place.
function oneStop(box, marks, up) {
  marks.forEach(function (mark, n) { mark.setAttribute("tabindex", n ? -1 : 0); });
  box.addEventListener("keydown", function (event) {
    var from = marks.indexOf(event.target), to = { ArrowRight: from + 1, ArrowLeft: from - 1, ArrowUp: from + up, ArrowDown: from - up, Home: 0, End: marks.length - 1 }[event.key];
    if (from < 0 || to == null || !marks[to]) return;
    event.preventDefault();
    marks[from].setAttribute("tabindex", -1);
    marks[to].setAttribute("tabindex", 0);
    marks[to].focus();
  });
}
