namespace Skep.Filter.Check;

/// <summary>What became of reading a feed.</summary>
/// <param name="Text">Its whole text, or null when it could not be read.</param>
/// <param name="Error">Why it could not be read.</param>
public readonly record struct FeedText(string? Text, string? Error = null);

/// <summary>Reads the file that a set names.</summary>
/// <param name="path">The path as the rule file has it; relative paths are meant from the rule file's directory.</param>
/// <returns>The text, or why there is none.</returns>
public delegate FeedText FeedReader(string path);
