// One unit beside another that the reader chooses; the choice stands in the address. All data stand in the page.
(function () {
  document.querySelectorAll(".compare[data-everyone]").forEach(function (box) {
    var about = JSON.parse(box.dataset.about), all = JSON.parse(box.dataset.everyone), said = about.said, names = new Map(about.units);
    var first = about.span[0], last = about.span[1], chosen = "";

    // --- texts and elements
    function make(name, content, given) {
      var made = name === "svg" || name in { g: 1, path: 1, rect: 1, line: 1, circle: 1, text: 1, title: 1 } ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
      Object.entries(given || {}).forEach(function (pair) { made.setAttribute(pair[0], pair[1]); });
      [].concat(content == null ? [] : content).forEach(function (one) { made.append(one); });
      return made;
    }
    function number(value, n) {
      var digits = about.digits[n];
      return value == null ? "" : value.toLocaleString(about.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace(/^-/, "\u2212");
    }
    function value(slug, n, year) {
      var at = all.series[n].years.indexOf(year);
      return at < 0 ? null : all.values[slug][n][at];
    }
    function latest(n) {
      return all.series[n].years.slice().reverse().find(function (year) { return value(about.own, n, year) != null && value(chosen, n, year) != null; });
    }
    function pair(n, year) {
      return year + ": " + [about.own, chosen].filter(function (slug) { return value(slug, n, year) != null; }).map(function (slug) { return names.get(slug) + " " + number(value(slug, n, year), n); }).join("; ");
    }
    function table(heads, rows) {
      return make("div", make("table", [
        make("thead", make("tr", heads.map(function (head) { return make("th", head, { scope: "col" }); }))),
        make("tbody", rows.map(function (row) { return make("tr", row.map(function (cell, n) { return make(n ? "td" : "th", cell, n ? {} : { scope: "row" }); })); }))
      ]), { class: "scroll", tabindex: 0, role: "group", "aria-label": heads[0] });
    }

    // --- who led: a row a post and unit; a non-local is drawn full, a local half as high, an unknown dashed
    function place(month) { return Number(month.slice(0, 4)) + (Number(month.slice(5, 7)) - 1) / 12; }
    function led(post, slug) {
      var drawn = make("svg", null, { viewBox: "0 0 1000 20", preserveAspectRatio: "none", role: "img", "aria-label": about.posts[post] + ", " + names.get(slug) });
      all.terms[slug].forEach(function (term) {
        if (term[0] !== post) return;
        var from = Math.max(place(term[2]), first), to = Math.min(term[3] ? place(term[3]) : last + 0.5, last + 1), scale = 1000 / (last + 1 - first);
        if (to <= from) return;
        drawn.append(make("rect", make("title", term[1] + ", " + term.slice(4, 6).join(" \u2013 ") + " (" + about.kinds[term[6]] + ")"), {
          class: term[6], x: (from - first) * scale, width: Math.max((to - from) * scale - 1.5, 1), y: term[6] === "led_by_local" ? 9 : 1, height: term[6] === "led_by_local" ? 9 : 17
        }));
      });
      return make("div", [make("span", about.posts[post] + ", " + names.get(slug)), drawn], { class: "band" });
    }

    // --- one indicator
    function chart(n, wide) {
      var series = all.series[n], high = 150, left = 44, right = wide - 6, top = 20, low = high - 20;
      var known = [about.own, chosen].map(function (slug) { return all.values[slug][n]; }).flat().filter(function (one) { return one != null; });
      var least = Math.min.apply(null, known), most = Math.max.apply(null, known);
      var x = function (year) { return left + (year - first + 0.5) / (last - first + 1) * (right - left); };
      var y = function (one) { return most === least ? (top + low) / 2 : low - (one - least) / (most - least) * (low - top); };
      var parts = [make("line", null, { class: "grid", x1: left, x2: right, y1: low, y2: low }), make("line", null, { class: "grid", x1: left, x2: right, y1: top, y2: top })];
      series.cuts.forEach(function (year) {
        if (year > series.years[0]) parts.push(make("line", null, { class: "cut", x1: x(year - 0.5), x2: x(year - 0.5), y1: top, y2: low }));
      });
      [[about.own, "own"], [chosen, "other"]].forEach(function (one) {
        var way = "", before = null;
        series.years.forEach(function (year) {
          var here = value(one[0], n, year);
          if (here == null) { before = null; return; }
          way += (before === year - 1 && series.cuts.indexOf(year) < 0 ? "L" : "M") + x(year).toFixed(1) + " " + y(here).toFixed(1);
          before = year;
          parts.push(one[1] === "own" ? make("circle", null, { class: "own", cx: x(year), cy: y(here), r: 3 }) : make("rect", null, { class: "other", x: x(year) - 2.5, y: y(here) - 2.5, width: 5, height: 5 }));
        });
        parts.push(make("path", null, { class: one[1], d: way }));
      });
      parts.push(make("text", number(most, n), { x: left - 5, y: top + 4, "text-anchor": "end" }), make("text", number(least, n), { x: left - 5, y: low + 4, "text-anchor": "end" }));
      parts.push(make("text", String(first), { x: left, y: high - 5 }), make("text", String(last), { x: right, y: high - 5, "text-anchor": "end" }));
      var told = make("p", latest(n) ? pair(n, latest(n)) : "\u2013", { class: "told" });
      var marks = series.years.filter(function (year) { return value(about.own, n, year) != null || value(chosen, n, year) != null; }).map(function (year) {
        var field = (right - left) / (last - first + 1), mark = make("g", make("rect", null, { class: "field", x: x(year) - field / 2, width: field, y: top - 4, height: low - top + 8 }), { class: "mark", role: "img", "aria-label": pair(n, year) });
        ["focus", "mouseenter", "click"].forEach(function (event) { mark.addEventListener(event, function () { told.textContent = pair(n, year); }); });
        return mark;
      });
      var drawn = make("svg", parts.concat(marks), { viewBox: "0 0 " + wide + " " + high, width: wide, height: high, role: "group", "aria-label": about.names[n] });
      oneStop(drawn, marks, -1);
      return make("div", [make("p", about.names[n], { class: "name" }), drawn, told]);
    }

    // --- the whole
    var select = make("select", [make("option", said.none, { value: "" })].concat(about.units.filter(function (one) { return one[0] !== about.own; }).map(function (one) { return make("option", one[1], { value: one[0] }); })));
    var shown = make("div", null, { "aria-live": "polite" });
    function draw() {
      shown.replaceChildren();
      box.classList.toggle("noprint", !chosen);
      if (!chosen) return;
      var panels = make("div", null, { class: "panels" }), key = make("p", null, { class: "key" });
      [["own", about.own], ["other", chosen]].forEach(function (one) { key.append(make("span", names.get(one[1]), { class: one[0] })); });
      var kinds = make("p", Object.keys(about.kinds).map(function (kind) {
        return make("span", [make("svg", make("rect", null, { class: kind, x: 1, width: 22, y: kind === "led_by_local" ? 9 : 1, height: kind === "led_by_local" ? 9 : 17 }), { viewBox: "0 0 24 20", "aria-hidden": "true" }), about.kinds[kind]]);
      }), { class: "key" });
      var bands = Object.keys(about.posts).map(function (post) { return [led(post, about.own), led(post, chosen)]; }).flat();
      var years = make("div", [make("span", String(first)), make("span", String(last))], { class: "years" });
      shown.append(key, make("h3", said.led), kinds, make("div", bands.concat(years)), make("p", said.hint, { class: "noprint" }), panels);
      var wide = Math.max(220, panels.clientWidth ? getComputedStyle(panels).gridTemplateColumns.split(" ")[0].replace("px", "") - 0 : 280);
      about.names.forEach(function (name, n) {
        if ([about.own, chosen].some(function (slug) { return all.values[slug][n].some(function (one) { return one != null; }); })) panels.append(chart(n, wide));
      });
      var rows = [], every = [];
      about.names.forEach(function (name, n) {
        var year = latest(n);
        if (year) rows.push([name, String(year), number(value(about.own, n, year), n), number(value(chosen, n, year), n), number(value(about.own, n, year) - value(chosen, n, year), n), all.series[n].doubtful.indexOf(year) < 0 ? "" : said.doubtful]);
        all.series[n].years.forEach(function (one) {
          if (value(about.own, n, one) != null || value(chosen, n, one) != null) every.push([name, String(one), number(value(about.own, n, one), n), number(value(chosen, n, one), n), all.series[n].doubtful.indexOf(one) < 0 ? "" : said.doubtful]);
        });
      });
      if (!every.some(function (row) { return row[4]; })) every.forEach(function (row) { row.pop(); });
      if (!rows.some(function (row) { return row[5]; })) rows.forEach(function (row) { row.pop(); });
      function heads(given, found) { return given.slice(0, found.length ? found[0].length : given.length); }
      var both = [names.get(about.own), names.get(chosen)], held = [about.own, chosen].map(function (slug) {
        return all.terms[slug].map(function (term) { return [names.get(slug), about.posts[term[0]], term[1]].concat(term.slice(4, 6), about.kinds[term[6]]); });
      }).flat();
      shown.append(make("h3", said.latest), table(heads([said.heading, said.year].concat(both, said.minus, said.mark), rows), rows));
      shown.append(make("details", [make("summary", said.all), table(heads([said.heading, said.year].concat(both, said.mark), every), every), table([said.unit, said.post, said.person, said.since, said.until, said.kind], held)], { class: "values noprint" }));
    }
    function keep() {
      var links = document.querySelectorAll("nav.top a[hreflang]");
      links.forEach(function (link) { link.href = link.getAttribute("href").split("#")[0] + (chosen ? "#compare=" + chosen : ""); });
    }
    function read(given) {
      var slug = new URLSearchParams(location.hash.slice(1)).get("compare");
      if (slug == null && !given) return;
      chosen = names.has(slug) && slug !== about.own ? slug : given || "";
      select.value = chosen;
      draw();
      keep();
      if (slug) box.scrollIntoView();
    }
    select.addEventListener("change", function () {
      chosen = select.value;
      try { history.replaceState(null, "", chosen ? "#compare=" + chosen : location.href.split("#")[0]); } catch (ignored) {}
      draw();
      keep();
    });
    window.addEventListener("hashchange", function () { read(""); });
    var waiting = 0, width = innerWidth;
    window.addEventListener("resize", function () {
      if (innerWidth === width) return;
      width = innerWidth;
      clearTimeout(waiting);
      waiting = setTimeout(draw, 150);
    });
    box.replaceChildren(make("label", [said.choose + " ", select], { class: "noprint" }), shown);
    draw();
    read(about.other);
  });
})();
