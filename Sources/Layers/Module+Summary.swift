import GraftTensor
import Synchronization

extension Module {
  /// A table of the layers: name, output shape, parameters, and whether they are trained.
  ///
  /// The shapes are those of a real pass of zeros, so that they cannot be wrong; a layer that does not report its
  /// output (see ``Context/observed(_:of:)``) shows none.
  ///
  /// - Parameter inputShape: what goes in, with a batch axis, such as 1×224×224×3.
  public func summary(inputShape: Tensor.Shape) -> String {
    let shapes = outputShapes(for: inputShape)
    let leaves = layers.filter { entry in
      !entry.layer.members.contains { if case .layer = $0.kind { true } else { false } }
    }
    let rows = leaves.map { path, layer in
      let isEmpty = layer.parameterCount == 0
      return [
        path, String(describing: type(of: layer)), shapes[ObjectIdentifier(layer)].map(\.description) ?? "–",
        isEmpty ? "" : "\(layer.parameterCount)", isEmpty ? "" : layer.isFrozen ? "🔒 frozen" : "trained",
      ]
    }
    let table = TextTable(
      header: ["layer", "kind", "output", "parameters", ""], rows: rows, rightAligned: [3])
    return """
      \(table.text)
      \(parameterCount) parameters, \(trainableParameterCount) of them trained
      """
  }

  /// How many floating-point operations each layer takes in a pass: a multiplication and an addition for each product of
  /// convolutions and dense layers, which is where nearly all of the time goes. A layer that counts none is left out; see
  /// ``operationCount(forOutput:)``.
  ///
  /// - Parameter inputShape: what goes in, with a batch axis, such as 1×224×224×3.
  /// - Returns: the paths of the layers, in order, with their operations.
  public func floatingPointOperations(inputShape: Tensor.Shape) -> [(path: String, count: Int)] {
    let shapes = outputShapes(for: inputShape)
    return layers.compactMap { path, layer in
      let count = shapes[ObjectIdentifier(layer)].map { layer.operationCount(forOutput: $0) } ?? 0
      return count > 0 ? (path, count) : nil
    }
  }

  /// How many floating-point operations a pass takes in all: the sum of ``floatingPointOperations(inputShape:)``, and what
  /// this module itself takes.
  ///
  /// - Parameter input: the shape of what goes in, with a batch axis, such as 1×224×224×3.
  public func operationCount(for input: Tensor.Shape) -> Int {
    let shapes = outputShapes(for: input)
    let modules = [self as any Module] + layers.map(\.layer)
    return modules.reduce(0) { sum, layer in
      sum + (shapes[ObjectIdentifier(layer)].map { layer.operationCount(forOutput: $0) } ?? 0)
    }
  }

  private func outputShapes(for inputShape: Tensor.Shape) -> [ObjectIdentifier: Tensor.Shape] {
    let shapes = ObservedShapes()
    ComputeThread.run {
      _ = self(Tensor(zeros: inputShape), .observing { shapes.record($1.shape, of: $0) })
    }
    return shapes.byLayer
  }
}

private final class ObservedShapes: Sendable {
  private let shapes = Mutex<[ObjectIdentifier: Tensor.Shape]>([:])
  var byLayer: [ObjectIdentifier: Tensor.Shape] { shapes.withLock { $0 } }
  func record(_ shape: Tensor.Shape, of layer: ObjectIdentifier) { shapes.withLock { $0[layer] = shape } }
}
