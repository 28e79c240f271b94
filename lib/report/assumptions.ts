/**
 * What is assumed where the paper is silent, in the order of the README's list; formulas stand between dollar
 * signs.
 */
export const assumptions: readonly string[] = [
  "Task: three symbols, drawn independently; the target is the token after the most recent earlier occurrence, " +
  "or a class ⊥ of its own where there is none; all positions count. Table 2's accuracies at $L=10$ are multiples " +
  "of 1/320, as 32 sequences of 10 positions give.",
  "Recency bias: attention logits lose $0.25\\,|i-j|$. The paper does not mention one, but Table 2's entropy and " +
  "potential before training are close to those of rows with such a bias and nothing else. Preset eer-as-written goes without.",
  "Kinetic: half the squared norm. Eq. 3 is a plain norm, which Table 2's values do not fit; " +
  "objective.kinetic=norm follows the letter.",
  "Block: causal and pre-norm, $u=X+Z$, $a=\\mathrm{Attn}(\\mathrm{LN}\\,u)W_O$, " +
  "$F=a+\\mathrm{MLP}(\\mathrm{LN}(u+a))$, an MLP of width $4d$ with GELU, biases everywhere, read-out from " +
  "$X+Z_T$: 932 parameters.",
  "The sums over $t$ in eq. 4 and 5 are means over loops, sequences and positions.",
  "An “epoch” of Table 2 is a training step.",
  "Optimiser: AdamW with $\\beta=(0.9, 0.999)$, at a constant learning rate, the decay on every parameter.",
  "Lengths: each batch has one length, uniform in [16, 64] from the first step.",
  "Initialisation: embeddings $N(0,1)$, linear maps uniform in $\\pm1/\\sqrt{\\text{inputs}}$, biases 0. Random " +
  "biases add up over 25 loops and put the first kinetic far above Table 2's.",
  "Markov language (the second paper is known to us from its abstract): each sequence has a chain of its own, whose rows are " +
  "Dirichlet draws with $\\alpha=0.1$ or $1$; the target is the next token. A sequence's difficulty is its information " +
  "content under its chain in bits a token; the simple half is that below the median.",
  "Single-Attn is one pre-norm residual attention layer of width 16, one head, no MLP, no recency bias; " +
  "Looped-Attn applies it three times ($Z_0=0$, $Z+F(Z+X)$, read-out from $X+Z_T$). Both have the same 1,252 parameters.",
  "SHIFT switches when, from one window of 100 steps to the next, the mean loss falls by less than " +
  "$\\delta_1=2\\,\\%$ and the mean gradient norm changes by less than $\\delta_2=20\\,\\%$, $W=2$ times in a row. " +
  "AdamW's moments are kept.",
];
