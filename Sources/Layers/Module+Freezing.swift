import GraftTensor

extension Module {
  /// Excludes everything below this module from training.
  public func freeze() { for (_, parameter) in parameters { parameter.isTrainable = false } }

  /// Lets training change everything below this module.
  public func unfreeze() { for (_, parameter) in parameters { parameter.isTrainable = true } }

  /// Excludes what lies at a path, or below it, from training: `freeze("block1")`, `freeze("block5.conv4.kernel")`. What
  /// lies at several paths is excluded by each of them.
  public func freeze(_ path: String) { setTrainable(false, at: path) }

  /// Lets training change what lies at a path, or below it.
  public func unfreeze(_ path: String) { setTrainable(true, at: path) }

  private func setTrainable(_ isTrainable: Bool, at path: String) {
    let found = everyPathOfParameters.filter { $0.path == path || $0.path.hasPrefix(path + ".") }
    require(
      !found.isEmpty,
      "There is no parameter at or below \"\(path)\"; there are \(everyPathOfParameters.map(\.path)).")
    for (_, parameter) in found { parameter.isTrainable = isTrainable }
  }

  /// Whether training would change no parameter below this module.
  public var isFrozen: Bool { !parameters.contains(where: \.parameter.isTrainable) }

  /// Sets which statistics every batch normalisation at or below this module uses in training.
  ///
  /// `.following`, with which they begin, lets frozen ones use what is stored; `.oldKeras` is how Keras 2.1.3 to 2.2 had it.
  public func setBatchNormBehaviour(_ behaviour: BatchNorm.Behaviour) {
    for (_, layer) in batchNorms { layer.behaviour = behaviour }
  }

  /// The sum of the penalties of the parameters that training changes: a scalar to be added to the loss; nil where
  /// there are none.
  public func regularization(_ context: Context) -> Tensor? {
    ComputeThread.run {
      let terms = parameters.compactMap { _, parameter -> Tensor? in
        guard let penalty = parameter.penalty, parameter.isTrainable else { return nil }
        let value = context.value(of: parameter)
        return (value * value).sum() * penalty.factor
      }
      guard let first = terms.first else { return nil }
      return terms.dropFirst().reduce(first, +)
    }
  }
}
