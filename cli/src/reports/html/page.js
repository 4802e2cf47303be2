"use strict";
const form = document.getElementById("filter");
const [text, state, worst] = form.querySelectorAll("input,select");
const files = [...document.querySelectorAll("article")];
const ranks = ["", "info", "warning", "error"];
for (const [name, word] of new Map(files.map(f => [f.dataset.state, f.querySelector(".state b").textContent])))
  state.add(new Option(word, name));
const shows = (file, words) =>
  (!state.value || file.dataset.state === state.value) &&
  ranks.indexOf(file.dataset.worst) >= ranks.indexOf(worst.value) &&
  (!words || file.textContent.toLowerCase().includes(words));
function filter() {
  const words = text.value.trim().toLowerCase();
  let count = 0;
  for (const file of files) {
    file.hidden = !shows(file, words);
    count += !file.hidden;
  }
  form.querySelector("output").value = `${count} / ${files.length}`;
}
form.addEventListener("input", filter);
form.addEventListener("submit", event => event.preventDefault());
form.hidden = false;
filter();
