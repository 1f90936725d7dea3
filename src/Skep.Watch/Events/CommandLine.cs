using System.Text;
using Skep.Output;

namespace Skep.Watch.Events;

/// <summary>A command line as <c>/proc/PID/cmdline</c> showed it during a call: the process itself may have rewritten it.</summary>
public sealed record CommandLine
{
    /// <summary>The arguments that could be read, the program's name first; null when none could.</summary>
    public IReadOnlyList<string>? Arguments { get; init; }

    /// <summary>Whether there was more: of the last argument, or behind it.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>Why something is missing; null when nothing is.</summary>
    public string? Reason { get; init; }

    internal static CommandLine Of(ReadOnlySpan<byte> bytes, ArgvState state) => state switch
    {
        ArgvState.Whole => new CommandLine { Arguments = Split(bytes) },
        ArgvState.Cut =>
            new CommandLine { Arguments = Split(bytes), IsTruncated = true, Reason = $"longer than {EventLayout.ArgvLen} bytes" },
        ArgvState.Unread when bytes.Length > 0 =>
            new CommandLine { Arguments = Split(bytes), IsTruncated = true, Reason = "the rest was not in memory" },
        ArgvState.Unread => new CommandLine { Reason = "not in memory" },
        _ => new CommandLine { Reason = "the task has no memory of its own" },
    };

    // Each argument ends with NUL, but the last one of a line that is cut or was rewritten.
    private static string[] Split(ReadOnlySpan<byte> bytes)
    {
        var arguments = new List<string>();
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)0);
            arguments.Add(Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]));
            bytes = end < 0 ? default : bytes[(end + 1)..];
        }

        return [.. arguments];
    }

    internal void WriteTo(IFieldWriter writer)
    {
        writer.Texts("argv", Arguments);
        writer.Flag("argv_truncated", IsTruncated ? true : null);
        writer.Text("argv_reason", Reason);
    }

    internal void WriteTo(ILineWriter lines)
    {
        string text = Arguments is null ? "" : string.Join(' ', Arguments.Select(Quote));
        string more = IsTruncated ? " ..." : "", reason = Reason is null ? "" : $" ({Reason})";
        if (Arguments is not { Count: 0 }) lines.SafeLine("arguments", $"{text}{more}{reason}".TrimStart());
    }

    private static string Quote(string argument)
    {
        string safe = SafeText.Escape(argument);
        bool isPlain = safe.Length > 0 && !safe.AsSpan().ContainsAny(' ', '"');
        return isPlain ? safe : $"\"{safe.Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }
}
