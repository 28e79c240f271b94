// A workgroup takes its sequence's gradient back through the loops, from `endLoop` − 1 to `firstLoop`; the last
// loop begins with the loss, the first one ends with the embedding.

@compute @workgroup_size(GROUP)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  selectSequence(group.x);
  if (settings.endLoop == LOOPS) {
    for (var place = thread; place < WEIGHTS; place += GROUP) { gradients[sequence * WEIGHTS + place] = vec4f(); }
    for (var i = thread; i < settings.length; i += GROUP) { lossBackward(i); }
    storageBarrier();
    readoutGradients(thread);
  }
  for (var t = settings.endLoop; t > settings.firstLoop;) {
    t--;
    for (var i = thread; i < settings.length; i += GROUP) { updateBackward(t, i); }
    storageBarrier();
    for (var i = thread; i < settings.length; i += GROUP) {
      for (var head = 0u; head < HEADS; head++) {
        queryBackward(t, i, head);
        keyBackward(t, i, head);
      }
    }
    updateGradients(thread, t);
    storageBarrier();
    for (var i = thread; i < settings.length; i += GROUP) { inputBackward(i); }
    projectionGradients(thread);
    storageBarrier();
  }
  if (settings.firstLoop == 0u) { embeddingGradients(thread); }
}

// Adds the sequences' gradients up, in their order.
@compute @workgroup_size(GROUP)
fn reduce(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= WEIGHTS) { return; }
  var total = vec4f();
  for (var b = 0u; b < settings.count; b++) { total += gradients[b * WEIGHTS + id.x]; }
  totals[id.x] = total;
}
