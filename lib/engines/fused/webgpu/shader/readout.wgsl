// Logits and states of the present Z, [count][L][C] and [count][L][d], in rows as the caller wants them.

@compute @workgroup_size(GROUP)
fn readOut(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  selectSequence(group.x);
  for (var i = thread; i < settings.length; i += GROUP) {
    var y = blockInput(0u, i);
    for (var quad = 0u; quad < model.classSlots; quad++) {
      let four = logitsOf(quad, &y);
      for (var c = 4u * quad; c < min(4u * quad + 4u, model.classes); c++) {
        logits[tokenAt(i) * model.classes + c] = four[c % 4u];
      }
    }
    for (var c = 0u; c < model.width; c++) {
      states[tokenAt(i) * model.width + c] = state[at(slots.z + c / 4u, i)][c % 4u];
    }
  }
}

// p of the loop just done, [count][H][L][L], from the q and k that it left.
@compute @workgroup_size(GROUP)
fn writeAttention(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  selectSequence(group.x);
  for (var i = thread; i < settings.length; i += GROUP) {
    for (var head = 0u; head < model.heads; head++) {
      var query = loadHead(slots.query + head * HEAD, i);
      let keys = slots.key + head * HEAD;
      let maximum = rowMaximum(&query, i, keys);
      var total = 0.0;
      for (var j = 0u; j < keysEnd(i); j++) { total += power2(score(&query, i, keys, j) - maximum); }
      let row = ((sequence * model.heads + head) * settings.length + i) * settings.length;
      for (var j = 0u; j < settings.length; j++) {
        let e = power2(score(&query, i, keys, j) - maximum);
        attention[row + j] = select(0.0, e / total, j < keysEnd(i));
      }
    }
  }
}
