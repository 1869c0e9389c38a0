import ArgumentParser

/// Calls `body`; an error in a file that the command line names counts as wrong use, with exit status 64.
public func wrongUse<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as ValidationError {
    throw error
  } catch {
    throw ValidationError("\(error)")
  }
}
