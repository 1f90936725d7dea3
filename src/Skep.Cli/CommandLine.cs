namespace Skep.Cli;

/// <summary>A command line, before it is parsed.</summary>
/// <param name="Words">What is Skep's to parse.</param>
/// <param name="Watched">What follows <c>--</c>, another program's command line; null if there is no <c>--</c>.</param>
internal sealed record CommandLine(string[] Words, string[]? Watched)
{
    public static CommandLine Read(string[] args)
    {
        int separator = Array.IndexOf(args, "--");
        return new(OptionsLast(separator < 0 ? args : args[..separator]), separator < 0 ? null : args[(separator + 1)..]);
    }

    // bpftool takes its options before the object, and joined: bpftool -jp prog list.
    private static string[] OptionsLast(string[] args)
    {
        int leading = args.TakeWhile(arg => arg is "--json" or "--pretty" or "--bpffs" || IsJoined(arg)).Count();
        IEnumerable<string> options = args[..leading].SelectMany(arg => IsJoined(arg) ? arg[1..].Select(letter => $"-{letter}") : [arg]);
        return [.. args[leading..], .. options];
    }

    private static bool IsJoined(string arg) => arg.Length > 1 && arg[0] == '-' && !arg.AsSpan(1).ContainsAnyExcept("jpf");
}
