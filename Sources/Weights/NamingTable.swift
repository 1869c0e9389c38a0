import GraftTensor

/// How the names in one kind of weight file become the paths of a model's parameters.
///
/// ```swift
/// let table = NamingTable("VGG19 (torchvision)", [
///   .init("block1.conv1.kernel", from: "features.0.weight", layout: .convolutionOIHW),
///   .init("block1.conv1.bias", from: "features.0.bias"),
///   .init("fc1.kernel", from: "classifier.0.weight",
///         layout: .denseOIFlattenedCHW(channels: 512, height: 7, width: 7), isOptional: true),
/// ])
/// ```
public struct NamingTable: Sendable {
  /// One parameter, and where the file has it.
  public struct Entry: Sendable {
    /// The parameter's path in the model: `block5.conv4.kernel`.
    public let path: String
    /// The names that such files have used for it; a file has one of them.
    public let fileNames: [String]
    /// How the file orders the numbers.
    public let layout: WeightLayout
    /// Whether a model may lack this parameter; the file's tensor is then left unused. For the classifying layers,
    /// which a model without a top has not.
    public let isOptional: Bool

    /// Creates an entry.
    public init(
      _ path: String, from fileNames: String..., layout: WeightLayout = .none, isOptional: Bool = false
    ) {
      self.init(path, fromAnyOf: fileNames, layout: layout, isOptional: isOptional)
    }

    /// Creates an entry from a list of names.
    public init(
      _ path: String, fromAnyOf fileNames: [String], layout: WeightLayout = .none, isOptional: Bool = false
    ) {
      require(!fileNames.isEmpty, "The entry of \(path) needs a name that files use.")
      self.path = path
      self.fileNames = fileNames
      self.layout = layout
      self.isOptional = isOptional
    }

    /// The same tensor for a model that lies below `part` in a larger one: `encoder.block1.conv1.kernel`.
    public func below(_ part: String) -> Entry {
      Entry("\(part).\(path)", fromAnyOf: fileNames, layout: layout, isOptional: isOptional)
    }

    /// The same tensor, which a model may lack.
    public var optional: Entry {
      Entry(path, fromAnyOf: fileNames, layout: layout, isOptional: true)
    }
  }

  /// For people: `VGG19 (Keras)`.
  public let name: String
  /// One for each parameter.
  public let entries: [Entry]
  /// Names of tensors in the file that no model needs, such as `bn1.num_batches_tracked`.
  public let ignorable: Set<String>
  /// What to do with such a file where it is not the wanted one, as the end of a sentence:
  /// `use VGG.vgg19(.batchNormalized)`.
  public let advice: String?
  /// Whether the network may be a part of a file: see ``WeightFile/part(namedBy:)``.
  let allowsPrefix: Bool

  /// Creates a table. No path and no file name may occur twice.
  public init(_ name: String, _ entries: [Entry], ignorable: Set<String> = [], advice: String? = nil) {
    self.init(name, entries, ignorable: ignorable, advice: advice, allowsPrefix: true)
  }

  private init(
    _ name: String, _ entries: [Entry], ignorable: Set<String> = [], advice: String? = nil, allowsPrefix: Bool
  ) {
    let fileNames = entries.flatMap(\.fileNames) + ignorable
    require(
      Set(entries.map(\.path)).count == entries.count && Set(fileNames).count == fileNames.count,
      "The naming table \(name) has a path or a file name twice.")
    self.name = name
    self.entries = entries
    self.ignorable = ignorable
    self.advice = advice
    self.allowsPrefix = allowsPrefix
  }

  /// The table of a file that uses the model's own paths and layouts, as Graft writes them: the whole file is the model.
  public static func graft(paths: [String]) -> NamingTable {
    NamingTable("Graft's own names", paths.map { Entry($0, from: $0) }, allowsPrefix: false)
  }

  /// Whether a file of these names is of this kind: the table knows all of them, and lacks none that it must have.
  func describes(_ names: [String]) -> Bool {
    let names = Set(names)
    let known = Set(entries.flatMap(\.fileNames)).union(ignorable)
    return names.isSubset(of: known)
      && entries.allSatisfy { $0.isOptional || $0.fileNames.contains(where: names.contains) }
  }
}
