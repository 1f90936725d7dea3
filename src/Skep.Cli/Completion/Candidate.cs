namespace Skep.Cli.Completion;

/// <summary>A word that may stand where one is being typed.</summary>
/// <param name="Word">The word.</param>
/// <param name="Meaning">What it means, in a line; empty for nothing.</param>
internal readonly record struct Candidate(string Word, string Meaning = "")
{
    /// <summary>The shell completes names of files there.</summary>
    public static readonly Candidate Files = new(":files");

    /// <summary>The shell completes names of directories there.</summary>
    public static readonly Candidate Directories = new(":directories");
}
