import GraftLayers
import GraftTensor

/// An optimizer that changes each number of a parameter by the state of that number alone: the walk over the
/// parameters is shared, the rule's own part is ``step(_:)``.
protocol ElementwiseOptimizer: Optimizer {
  /// Parameters with a learning rate of their own.
  var groups: [ParameterGroup] { get }
  /// The names of a parameter's states, each as large as the parameter and 0 at first. The empty name stands for the parameter's
  /// path alone.
  var slots: [String] { get }
  /// Whether the rule must know how many steps a parameter has had.
  var countsSteps: Bool { get }
  /// Changes one parameter and its state.
  func step(_ step: ParameterStep)
}

/// One parameter in one step; valid during the call that it is handed to.
struct ParameterStep {
  let count: Int64
  let parameter: UnsafeMutablePointer<Float>
  let gradient: UnsafePointer<Float>
  /// In the order of the optimizer's slots.
  let state: [UnsafeMutablePointer<Float>]
  /// Which step of this parameter it is, from 1; 1 always where steps are not counted.
  let number: Int
  let learningRateFactor: Float
  let weightDecayFactor: Float
}

extension ElementwiseOptimizer {
  var countsSteps: Bool { false }

  mutating func updateEach(of module: any Module, with gradients: ParameterGradients) {
    ComputeThread.run { updateInPlace(module, with: gradients) }
  }

  private mutating func updateInPlace(_ module: any Module, with gradients: ParameterGradients) {
    let parameters = module.parameters
    groups.checkPrefixes(against: parameters.map(\.path))
    for (path, parameter) in parameters where parameter.isTrainable {
      // The filling of a blocked layout must stay 0, and a rule without ε would make 0/0 of it.
      guard let gradient = gradients[parameter]?.withoutFilling else { continue }
      let keys = slots.map { $0.isEmpty ? path : "\(path)/\($0)" }
      // Taken out, so that they are changed in place.
      var kept = keys.map { state.removeValue(forKey: $0) ?? Tensor(zeros: parameter.shape) }
      let number = countsSteps ? countStep(of: path) : 1
      let group = groups.group(of: path)
      parameter.update { value in
        // In the order of the gradient, which is that of the compute library and saves the next step a copy.
        value = value.ordered(as: gradient)
        for index in kept.indices { kept[index] = kept[index].ordered(as: gradient) }
        value.withUnsafeMutableStoredScalars { value in
          gradient.withUnsafeStoredScalars { gradient in
            guard let parameter = value.baseAddress, let gradient = gradient.baseAddress else { return }
            withScalars(of: &kept) { state in
              step(
                ParameterStep(
                  count: Int64(value.count), parameter: parameter, gradient: gradient, state: state,
                  number: number, learningRateFactor: group?.learningRateFactor ?? 1,
                  weightDecayFactor: group?.weightDecayFactor ?? 1))
            }
          }
        }
      }
      for (key, tensor) in zip(keys, kept) { state[key] = tensor }
    }
  }

  /// Counts for each parameter, so that one that is thawed late begins at 1.
  private mutating func countStep(of path: String) -> Int {
    let key = "\(path)/steps"
    // A float holds whole numbers up to 2²⁴; long before, the corrections that depend on it have become 1.
    let number = (state[key]?.scalar ?? 0) + 1
    state[key] = Tensor(number)
    return Int(number)
  }
}

private func withScalars(of tensors: inout [Tensor], _ body: ([UnsafeMutablePointer<Float>]) -> Void) {
  guard var last = tensors.popLast() else { return body([]) }
  last.withUnsafeMutableStoredScalars { scalars in
    guard let start = scalars.baseAddress else { return }
    withScalars(of: &tensors) { body($0 + [start]) }
  }
  tensors.append(last)
}
