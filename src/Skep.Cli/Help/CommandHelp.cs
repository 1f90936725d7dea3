namespace Skep.Cli.Help;

/// <summary>A command line that help shows, and what it is for.</summary>
internal sealed record Example(string Line, string Purpose);

/// <summary>What the help of a command shows besides its arguments and options.</summary>
/// <param name="Page">The page of docs/ that describes it.</param>
/// <param name="Examples">Two or three command lines.</param>
internal sealed record CommandHelp(string Page, params Example[] Examples)
{
    /// <summary>What exit code 0 means.</summary>
    public string Done { get; init; } = "done";

    /// <summary>What exit code 1 means.</summary>
    public string Failed { get; init; } = "failed";

    /// <summary>What exit code 2 means.</summary>
    public string Usage { get; init; } = "wrong usage";

    /// <summary>Exit codes of this command alone.</summary>
    public string? Others { get; init; }

    /// <summary>The exit codes that every command has, and what they mean.</summary>
    public IReadOnlyList<(string Code, string Meaning)> ExitCodes =>
        [("0", Done), ("1", Failed), ("2", Usage), ("3", "not permitted, or not supported here")];
}
