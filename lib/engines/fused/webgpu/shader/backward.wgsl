// The loss of every sequence, where its gradient begins.
@compute @workgroup_size(GROUP)
fn loss(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  selectSequence(group.x);
  for (var place = thread; place < model.weights; place += GROUP) {
    gradients[sequence * model.weights + place] = vec4f();
  }
  for (var i = thread; i < settings.length; i += GROUP) { lossBackward(i); }
}

// A workgroup takes its sequence's gradient back through the loops, from `endLoop` − 1 to `firstLoop`; loop 0 ends
// with the embedding.
@compute @workgroup_size(GROUP)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  selectSequence(group.x);
  for (var t = settings.endLoop; t > settings.firstLoop;) {
    t--;
    for (var i = thread; i < settings.length; i += GROUP) { updateBackward(t, i); }
    storageBarrier();
    for (var i = thread; i < settings.length; i += GROUP) {
      for (var n = 0u; n < 2u * model.heads; n++) { attentionBackward(t, i, n / 2u, n % 2u == 1u); }
    }
    storageBarrier();
    addProducts(thread, t);
    for (var i = thread; i < settings.length; i += GROUP) { inputBackward(i); }
    storageBarrier();
  }
  if (settings.firstLoop == 0u) { addEmbedding(thread); }
}

// Adds the sequences' gradients up, in their order: 64 at a time, and then those sums, so that few digits are lost.
@compute @workgroup_size(GROUP)
fn reduce(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= model.weights) { return; }
  var total = vec4f();
  for (var first = 0u; first < settings.count; first += 64u) {
    var part = vec4f();
    for (var b = first; b < min(first + 64u, settings.count); b++) { part += gradients[b * model.weights + id.x]; }
    total += part;
  }
  totals[id.x] = total;
}
