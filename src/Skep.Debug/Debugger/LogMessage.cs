using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Skep.Debug.Debugger.Expressions;
using Skep.Debug.Machine;

namespace Skep.Debug.Debugger;

/// <summary>What a breakpoint prints that does not stop: text, with expressions in braces.</summary>
internal sealed class LogMessage
{
    private readonly List<(string Text, Expression? Value)> _parts = [];

    private LogMessage()
    {
    }

    /// <summary>Reads one.</summary>
    /// <param name="text">The text: <c>ttl {*(u8 *)(r2 + 22)}</c>.</param>
    /// <param name="message">The message.</param>
    /// <param name="mistake">What is wrong with it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out LogMessage? message, [NotNullWhen(false)] out string? mistake)
    {
        var read = new LogMessage();
        (message, mistake) = (null, null);
        for (int at = 0; at < text.Length;)
        {
            int open = text.IndexOf('{', at);
            if (open < 0) open = text.Length;
            if (open > at) read._parts.Add((text[at..open], null));
            if (open == text.Length) break;
            int close = text.IndexOf('}', open);
            if (close < 0)
            {
                mistake = $"a brace is not closed in '{text}'";
                return false;
            }

            if (!ExpressionParser.TryParse(text[(open + 1)..close], out Expression? value, out mistake)) return false;
            read._parts.Add(("", value));
            at = close + 1;
        }

        message = read;
        return true;
    }

    /// <summary>The text now; a value that is not there is the reason in its place.</summary>
    public string Write(BpfMachine machine)
    {
        var text = new StringBuilder();
        foreach ((string part, Expression? value) in _parts) text.Append(value is null ? part : Read(value, machine));
        return text.ToString();
    }

    private static string Read(Expression value, BpfMachine machine)
    {
        try
        {
            return value.Evaluate(machine).ToString(CultureInfo.InvariantCulture);
        }
        catch (ExpressionException e)
        {
            return $"<{e.Message}>";
        }
    }
}
