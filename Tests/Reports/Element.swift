import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// An element of a page or drawing: both are well-formed XML, which a parser that is not ours takes apart.
final class Element {
  let name: String
  let attributes: [String: String]
  private(set) var children: [Element] = []
  private var parts: [() -> String] = []

  fileprivate init(name: String, attributes: [String: String]) {
    self.name = name
    self.attributes = attributes
  }

  /// Parses a text; throws what is wrong with it.
  convenience init(parsing text: String) throws {
    let parser = XMLParser(data: Data(text.utf8))
    let builder = Builder()
    parser.delegate = builder
    guard parser.parse(), let root = builder.root else {
      throw Failure(
        description: "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "no element")")
    }
    self.init(name: root.name, attributes: root.attributes)
    children = root.children
    parts = root.parts
  }

  /// All text below the element.
  var text: String { parts.map { $0() }.joined() }

  /// The elements of a name below this one, in order.
  func all(_ name: String) -> [Element] {
    children.flatMap { ($0.name == name ? [$0] : []) + $0.all(name) }
  }

  fileprivate func append(_ child: Element) {
    children.append(child)
    parts.append { child.text }
  }

  fileprivate func append(_ text: String) { parts.append { text } }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private final class Builder: NSObject, XMLParserDelegate {
    var root: Element?
    private var open: [Element] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      let element = Element(name: name, attributes: attributes)
      open.last?.append(element)
      if root == nil { root = element }
      open.append(element)
    }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
      open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) { open.last?.append(text) }
  }
}
