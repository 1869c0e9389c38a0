import GraftTensor

/// A part of a network: it turns a tensor into another, and says what it is made of.
///
/// The only requirement besides the call is the ordered list of named members. The names make the paths
/// (`block5.conv4.kernel`) under which files hold the parameters; counting, freezing, saving and printing are one
/// extension over that list.
///
/// ```swift
/// final class TwoLayers: Module {
///   let first = Dense(inputs: 4, outputs: 8, activation: .relu, random: RandomStream(seed: 1))
///   let second = Dense(inputs: 8, outputs: 2, random: RandomStream(seed: 2))
///   var members: [Member] { [.layer("first", first), .layer("second", second)] }
///   func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
///     second(first(input, context), context)
///   }
/// }
/// ```
public protocol Module: AnyObject {
  /// The parts of this module, in order. What is not listed is neither trained nor saved.
  var members: [Member] { get }
  /// Computes the output for one batch.
  func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor
  /// The steps that compute the same output in inference, step by step, so that layers which follow each other can run as one. The
  /// module itself, called as it is, unless implemented.
  var inferencePlan: [InferenceStep] { get }
  /// The layer below this module whose output is the module's own; nil, which it is unless implemented, where there is none.
  var lastLayer: (any Module)? { get }
  /// Every batch normalisation at or below this module with its path, in order. Those of the members unless implemented.
  var batchNorms: [(path: String, layer: BatchNorm)] { get }
  /// How many floating-point operations this module itself takes to compute an output: a multiplication and an addition for
  /// each product. Those of its members are theirs. 0 unless implemented.
  ///
  /// - Parameter shape: of the output, with its batch axis.
  func operationCount(forOutput shape: Tensor.Shape) -> Int
  /// Gives up what inference keeps beside the parameters: their copies in the orders of primitives, and folded kernels. The
  /// next pass makes them anew. For a network that has done its part and stays, as a frozen one whose features are kept: of
  /// VGG19 these are 330 MB.
  ///
  /// Calls the members, unless implemented.
  func releaseInferenceForms()
  /// Information about the module that its tensors do not give, as texts that its files carry. Empty unless implemented.
  var metadata: [String: String] { get }
  /// Takes over what a file says of its weights that this module does not know, such as the names of classes. Does nothing unless
  /// implemented.
  func adopt(metadata: [String: String])
}

extension Module {
  /// The module itself.
  public var inferencePlan: [InferenceStep] { [.layer(self)] }

  /// Empty.
  public var metadata: [String: String] { [:] }

  /// Does nothing.
  public func adopt(metadata: [String: String]) {}

  /// Nil.
  public var lastLayer: (any Module)? { nil }

  /// Those of the members.
  public var batchNorms: [(path: String, layer: BatchNorm)] {
    members.flatMap { member -> [(path: String, layer: BatchNorm)] in
      guard case .layer(let layer) = member.kind else { return [] }
      return layer.batchNorms.map { (member.name + ($0.path.isEmpty ? "" : ".") + $0.path, $0.layer) }
    }
  }

  /// 0.
  public func operationCount(forOutput shape: Tensor.Shape) -> Int { 0 }

  /// Calls the members.
  public func releaseInferenceForms() {
    for member in members {
      switch member.kind {
      case .parameter(let parameter): parameter.value.releasePackedForms()
      case .layer(let layer): layer.releaseInferenceForms()
      case .buffer: break
      }
    }
  }
}

/// A named part of a module.
public struct Member {
  /// The kinds of parts.
  public enum Kind {
    /// Learned by gradient, unless frozen.
    case parameter(Parameter)
    /// Saved but never trained, as running statistics are.
    case buffer(Buffer)
    /// A module with members of its own.
    case layer(any Module)
  }

  /// One component of a path; it holds no dot.
  public let name: String
  /// The part itself.
  public let kind: Kind

  /// A part that is learned.
  public static func parameter(_ name: String, _ parameter: Parameter) -> Member {
    Member(name: name, kind: .parameter(parameter))
  }

  /// A part that is saved but not learned.
  public static func buffer(_ name: String, _ buffer: Buffer) -> Member {
    Member(name: name, kind: .buffer(buffer))
  }

  /// A part that has parts.
  public static func layer(_ name: String, _ layer: any Module) -> Member {
    Member(name: name, kind: .layer(layer))
  }
}

// MARK: Walking the members

extension Module {
  /// Every parameter below this module with its path, in order. One that is listed in several places, as that of a layer
  /// that is used twice, is there once, under the first of its paths: it is counted, saved and trained once.
  public var parameters: [(path: String, parameter: Parameter)] { everyPathOfParameters.first(\.parameter) }

  /// Every buffer below this module with its path, in order; one that is listed in several places is there once, under the
  /// first of its paths.
  public var buffers: [(path: String, buffer: Buffer)] { everyPathOfBuffers.first(\.buffer) }

  /// Every module below this one with its path, parents before children; one that is used in several places is there under
  /// each of its paths.
  public var layers: [(path: String, layer: any Module)] {
    walk { path, kind in
      if case .layer(let layer) = kind { (path, layer) } else { nil }
    }
  }

  var everyPathOfParameters: [(path: String, parameter: Parameter)] {
    walk { path, kind in
      if case .parameter(let parameter) = kind { (path, parameter) } else { nil }
    }
  }

  var everyPathOfBuffers: [(path: String, buffer: Buffer)] {
    walk { path, kind in
      if case .buffer(let buffer) = kind { (path, buffer) } else { nil }
    }
  }

  private func walk<Found>(
    below prefix: String = "", _ select: (String, Member.Kind) -> Found?
  ) -> [Found] {
    members.flatMap { member -> [Found] in
      let path = prefix + member.name
      let own = select(path, member.kind).map { [$0] } ?? []
      guard case .layer(let layer) = member.kind else { return own }
      return own + layer.walk(below: path + ".", select)
    }
  }

  /// How many scalars the parameters have, frozen ones included, buffers not.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.parameter.shape.scalarCount } }

  /// How many scalars the parameters have that training changes.
  public var trainableParameterCount: Int {
    parameters.reduce(0) { $0 + ($1.parameter.isTrainable ? $1.parameter.shape.scalarCount : 0) }
  }
}

extension Array {
  /// The first element for each object, in order.
  fileprivate func first<Object: AnyObject>(_ object: (Element) -> Object) -> [Element] {
    var known: Set<ObjectIdentifier> = []
    return filter { known.insert(ObjectIdentifier(object($0))).inserted }
  }
}
