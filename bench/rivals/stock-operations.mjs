/** The operations as one writes them in TensorFlow.js at first: its kernels as they come, and its own gradients. */
export function stockOperations(tf) {
  const integers = (values) => tf.tensor1d(values, "int32");
  const attend = (qkv, start, length, heads) => {
    const width = qkv.shape[1] / 3;
    const part = (which) => {
      const rows = tf.slice(qkv, [start, which * width], [length, width]);
      return tf.transpose(tf.reshape(rows, [length, heads, width / heads]), [1, 0, 2]);
    };
    const [q, k, v] = [part(0), part(1), part(2)]; // each [heads, length, C / heads]
    const later = tf.mul(-1e9, tf.sub(1, tf.linalg.bandPart(tf.ones([length, length]), -1, 0)));
    const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width / heads)), later);
    return tf.reshape(tf.transpose(tf.matMul(tf.softmax(scores), v), [1, 0, 2]), [length, width]);
  };
  return {
    embedding: (table, ids) => tf.gather(table, integers(ids)),
    linear: (x, weight, bias) => tf.add(tf.matMul(x, weight), bias),
    layerNorm: (x, gain, bias) => {
      const centred = tf.sub(x, tf.mean(x, 1, true));
      const deviation = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-5));
      return tf.add(tf.mul(tf.mul(centred, deviation), gain), bias);
    },
    gelu: (x) => {
      const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x)))));
      return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(inner)));
    },
    causalAttention: (qkv, lengths, heads) => {
      let start = 0;
      return tf.concat(
        lengths.map((length) => {
          start += length;
          return attend(qkv, start - length, length, heads);
        }),
      );
    },
    crossEntropy: (hidden, unembedding, targets) => {
      const logProbabilities = tf.logSoftmax(tf.matMul(hidden, unembedding, false, true));
      return tf.neg(tf.sum(tf.mul(logProbabilities, tf.oneHot(integers(targets), unembedding.shape[0])), 1));
    },
    add: (a, b) => tf.add(a, b),
    scale: (x, factors) => tf.mul(x, tf.tensor(factors, x.shape)),
    sum: (x, factor) => tf.mul(tf.sum(x), factor),
  };
}
