import Testing

/// Expects that a mistake ended the program with a sentence, and did not merely crash it.
package func expectSentence(
  _ sentence: String, in result: ExitTest.Result?, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
  #expect(text.contains(sentence), "\(text)", sourceLocation: sourceLocation)
}
