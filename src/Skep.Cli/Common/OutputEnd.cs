using Skep.Linux.Streams;

namespace Skep.Cli.Common;

/// <summary>Why output could not be written.</summary>
internal static class OutputEnd
{
    private const int BrokenPipe = 32;

    /// <summary>
    /// Whether that is an end like others: nobody reads any more (<c>skep watch | head</c>), or a signal came and nobody read.
    /// </summary>
    public static bool IsQuiet(Exception e) =>
        e.HResult is OutputDeadline.NotRead or BrokenPipe || e.Message.Contains("Broken pipe", StringComparison.Ordinal);

    /// <summary>Reports what such an end drops, if it drops anything.</summary>
    public static void Report(Exception e)
    {
        if (e.HResult == OutputDeadline.NotRead) Message.Print("standard output was not read: the rest of it is dropped");
    }
}
