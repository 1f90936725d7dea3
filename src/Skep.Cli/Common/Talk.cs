using System.Text;
using Skep.Linux.Streams;
using Skep.Output;

namespace Skep.Cli.Common;

/// <summary>What is said beside the data: on standard error.</summary>
internal static class Talk
{
    /// <summary>Whether standard output is a terminal that may be coloured (https://no-color.org).</summary>
    public static bool ColourOutput =>
        Terminal.IsOutput && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb";

    public static void Say(string text) => Write($"skep: {text}");

    /// <summary>Prints a line. One that cannot be written, as standard error is closed or full, is dropped: it must not end what is being done.</summary>
    public static void Write(string line)
    {
        try
        {
            using DescriptorStream error = DescriptorStream.StandardError();
            error.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (IOException)
        {
        }
    }

    /// <summary>Says an error; its text may hold names that others chose.</summary>
    public static int Error(string text, int code)
    {
        Say($"error: {SafeText.EscapeLines(text)}");
        return code;
    }
}
