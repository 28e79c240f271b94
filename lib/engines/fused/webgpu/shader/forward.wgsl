// A workgroup takes its sequence through the loops from `firstLoop` to before `endLoop`; loop 0 begins with X.

@compute @workgroup_size(GROUP)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  selectSequence(group.x);
  if (settings.firstLoop == 0u) {
    for (var i = thread; i < settings.length; i += GROUP) {
      embed(i);
      if (TRAINING) { state[at(slots.terms, i)] = vec4f(); }
    }
  }
  for (var t = settings.firstLoop; t < settings.endLoop; t++) {
    for (var i = thread; i < settings.length; i += GROUP) {
      var u = blockInput(t, i);
      normalise(&u);
      project(i, &u);
    }
    storageBarrier();
    for (var i = thread; i < settings.length; i += GROUP) {
      for (var head = 0u; head < model.heads; head++) {
        let terms = attend(t, i, head);
        if (TRAINING) { state[at(slots.terms, i)] += vec4f(0.0, terms.x, 0.0, terms.y); }
      }
      updateState(t, i);
    }
    storageBarrier();
  }
}
