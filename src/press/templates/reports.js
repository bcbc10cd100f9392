(function () {
  var form = document.getElementById("finder"), items = Array.from(document.querySelectorAll("li[data-text]"));
  var sections = Array.from(document.querySelectorAll("section.nb")), count = document.getElementById("count");
  var hits = document.getElementById("hits"), nothing = document.getElementById("nothing"), list = document.getElementById("reports");
  var data = JSON.parse(document.getElementById("found").textContent), shared = {}, known = {};
  function bare(text) { return text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\u0300-\u036f]/g, ""); }
  function padded(words) { return " " + words + " "; }
  Object.keys(data.shared).forEach(function (name) { shared[name] = padded(data.shared[name]); });
  var docs = items.map(function (item, n) {
    item.dataset.text.split(/[^\p{L}\p{N}]+/u).forEach(function (word) { if (word.length > 2) known[word] = true; });
    data.names[n].forEach(function (name) { bare(name).split(" ").forEach(function (word) { if (word.length > 2) known[word] = true; }); });
    return {
      title: padded(item.dataset.text + " " + item.dataset.text.replace(/[_-]/g, " ")), own: padded(data.words[n]), shared: shared[item.dataset.notebook] || "",
      names: data.names[n].map(function (name) { return [name, padded(bare(name))]; })
    };
  });
  Object.keys(data.synonyms).forEach(function (n) { data.synonyms[n].forEach(function (word) { known[word] = true; }); });

  // What is asked for: clauses that must all be met, each a list of ways (lists of words) to meet it.
  function clauses(text) {
    var rest = padded(bare(text).replace(/[^\p{L}\p{N}_.]+/gu, " ").trim()), found = [];
    data.synonyms.forEach(function (group) {
      var said = group.slice().sort(function (a, b) { return b.length - a.length; }).find(function (word) { return rest.indexOf(padded(word)) >= 0; });
      if (!said) return;
      rest = rest.replace(padded(said), "  ");
      found.push(group.map(function (word) { return word.split(" "); }));
    });
    return found.concat(rest.split(" ").filter(Boolean).map(function (word) { return [[word]]; }));
  }
  function met(words, where) { return words.every(function (word) { return where.indexOf(" " + word) >= 0; }); }
  // 3: in the title or the name of a person, 1: in the text only, 0: not there.
  function score(doc, clause) {
    var best = 0;
    clause.forEach(function (words) {
      if (met(words, doc.title)) best = 3;
      else if (!best && words.every(function (word) { return (doc.own + doc.shared).indexOf(" " + word) >= 0; })) best = 1;
    });
    return best;
  }
  function named(doc, words) { return words.length && doc.names.find(function (name) { return met(words, name[1]); }); }
  // How many letters are wrong, missing, too many or in the other order.
  function distance(a, b) {
    var cost = [Array.from({ length: b.length + 1 }, function (_, n) { return n; })];
    for (var i = 1; i <= a.length; i++) {
      cost.push([i]);
      for (var j = 1; j <= b.length; j++) {
        cost[i].push(Math.min(cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (a[i - 1] !== b[j - 1])));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
    return cost[a.length][b.length];
  }
  // What was asked for, each word that nothing begins with replaced by the nearest that is known; "" where none is near.
  function suggest(words) {
    var all = Object.keys(known), changed = false, near = words.map(function (word) {
      if (all.some(function (one) { return one.indexOf(word) === 0; })) return word;
      var best = all.map(function (one) { return [distance(word, one.slice(0, word.length + 1)) + (one[0] !== word[0]) / 2, one]; }).sort(function (x, y) { return x[0] - y[0]; })[0];
      if (!best || best[0] > Math.max(1, word.length / 3)) return null;
      changed = true;
      return best[1];
    });
    return changed && near.indexOf(null) < 0 ? near.join(" ") : "";
  }
  function apply() {
    var asked = clauses(form.q.value), words = bare(form.q.value).split(/\s+/).filter(Boolean), shown = 0, found = [];
    items.forEach(function (item, n) {
      var ok = Array.from(form.querySelectorAll("select")).every(function (select) {
        return !select.value || item.getAttribute("data-" + select.name) === select.value;
      });
      var person = ok && asked.length ? named(docs[n], words) : null, sum = 0;
      if (ok && asked.length && !person) {
        var scores = asked.map(function (clause) { return score(docs[n], clause); });
        ok = scores.every(Boolean);
        sum = ok ? scores.reduce(function (a, b) { return a + b; }) / scores.length : 0;
      }
      item.hidden = !ok;
      shown += ok;
      if (ok && asked.length) found.push([person ? 4 : sum, n, person]);
    });
    found.sort(function (a, b) { return b[0] - a[0] || a[1] - b[1]; });
    hits.replaceChildren.apply(hits, found.slice(0, 60).map(function (hit) {
      var line = document.createElement("li"), link = items[hit[1]].querySelector("a").cloneNode(true), note = document.createElement("small");
      var heading = items[hit[1]].closest("section").querySelector("h2").lastChild.textContent;
      note.textContent = heading + (hit[2] ? " · " + hit[2][0] : hit[0] < 3 ? " · " + hits.dataset.said : "");
      line.append(link, " ", note);
      return line;
    }));
    hits.hidden = !found.length;
    list.hidden = Boolean(asked.length);
    nothing.hidden = shown > 0;
    if (!shown) {
      var near = suggest(words), place = nothing.querySelector("[data-near]");
      place.replaceChildren();
      if (near) {
        var button = document.createElement("button");
        button.type = "button";
        button.className = "plain";
        button.textContent = near;
        button.onclick = function () { form.q.value = near; apply(); };
        place.append(place.dataset.near, button);
      }
    }
    sections.forEach(function (section) { section.hidden = !section.querySelector("li[data-text]:not([hidden])"); });
    count.textContent = count.dataset.text.replace("#", shown).replace("#", items.length);
    var kept = Array.from(new FormData(form)).filter(function (pair) { return pair[1]; });
    var state = kept.length ? "#" + new URLSearchParams(kept) : "";
    try { history.replaceState(null, "", state || location.pathname.split("/").pop() || "."); } catch (ignored) {}
    document.querySelectorAll("a[data-keep]").forEach(function (link) { link.href = link.getAttribute("href").split("#")[0] + state; });
  }
  function read() {
    new URLSearchParams(location.hash.slice(1)).forEach(function (value, name) { if (form[name]) form[name].value = value; });
    apply();
  }
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(apply); });
  window.addEventListener("hashchange", read);
  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) { event.preventDefault(); form.q.focus(); }
    if (event.key === "Escape" && event.target === form.q) { form.q.value = ""; apply(); }
  });
  read();
})();
