using System.Text;
using Skep.Linux.Streams;
using Skep.Output;

namespace Skep.Cli.Common;

/// <summary>Messages beside the data: on standard error. They may hold names that others chose.</summary>
internal static class Message
{
    public static void Print(string text) => PrintLine($"skep: {text}");

    /// <summary>
    /// Prints a line. One that cannot be written, as standard error is closed or full, is dropped: it must not end the command.
    /// </summary>
    public static void PrintLine(string line)
    {
        try
        {
            using DescriptorStream error = DescriptorStream.StandardError();
            error.Write(Encoding.UTF8.GetBytes(SafeText.EscapeLines(line) + "\n"));
        }
        catch (IOException)
        {
        }
    }

    /// <returns>The exit code.</returns>
    public static int Error(string text, int code)
    {
        Print($"error: {text}");
        return code;
    }
}
