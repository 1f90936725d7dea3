using System.Globalization;
using System.Text.Json;
using Skep.Debug.Debugger.Expressions;
using Skep.Output;

namespace Skep.Debug.Debugger.Console;

/// <summary>The commands of the debugger, one a line, as gdb names them.</summary>
public sealed class DebugConsole
{
    private static readonly (string Name, string[] Short, string Help)[] s_commands =
    [
        ("break", ["b"], "break *SLOT | LINE | FILE:LINE | FUNCTION | helper NAME | map NAME | packet [if EXPR]: stop there"),
        ("delete", ["d"], "delete [N]: remove a breakpoint, or all"),
        ("run", ["r"], "run: start again, with maps as at the beginning"),
        ("continue", ["c"], "continue: go on to a breakpoint or the end"),
        ("step", ["s"], "step [N]: to another source line"),
        ("next", ["n"], "next [N]: to another source line, calls with all that they do"),
        ("stepi", ["si"], "stepi [N]: one instruction"),
        ("nexti", ["ni"], "nexti [N]: one instruction, calls with all that they do"),
        ("finish", ["fin"], "finish: out of the function"),
        ("reverse-continue", ["rc"], "reverse-continue: back to a breakpoint or the beginning"),
        ("reverse-step", ["rs"], "reverse-step [N]: back to the beginning of a source line"),
        ("reverse-next", ["rn"], "reverse-next [N]: the same, calls with all that they do"),
        ("reverse-stepi", ["rsi"], "reverse-stepi [N]: one instruction back"),
        ("reverse-finish", ["rf"], "reverse-finish: back to the call of the function"),
        ("goto", [], "goto STEP: to a step of the run, back or forth"),
        ("print", ["p"], "print EXPR: r0 to r10, *(u32 *)(r1 + 4), arithmetic, comparisons"),
        ("x", [], "x [/N] EXPR: N bytes of memory (16) at an address"),
        ("info", ["i"], "info registers | stack | packet | maps | map NAME | timers | breakpoints | events | frame: show them"),
        ("timer", [], "timer N: when the program has ended, run the callback of a timer that waits"),
        ("backtrace", ["bt"], "backtrace: the calls"),
        ("list", ["l"], "list: source lines around the next instruction"),
        ("disassemble", ["dis"], "disassemble: instructions around the next one"),
        ("pseudo", [], "pseudo: the decompiled lines around the next instruction"),
        ("help", ["h"], "help: this list"),
        ("quit", ["q"], "quit: end the debugger"),
    ];

    private readonly DebugSession _session;
    private readonly SessionView _view;
    private readonly InfoAnswers _info;
    private string _last = "";

    /// <summary>A console for a session.</summary>
    public DebugConsole(DebugSession session)
    {
        _session = session;
        _view = new SessionView(session);
        _info = new InfoAnswers(session, _view);
    }

    /// <summary>The commands: name, short forms, and what they do with their words in front.</summary>
    public static IReadOnlyList<(string Name, string[] Short, string Help)> Commands => s_commands;

    /// <summary>Whether <c>quit</c> was given.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Writes where the program is.</summary>
    public void WritePlace(TextWriter output, OutputForm form) =>
        Write(output, form, "", StopAnswer.Of(_session, _view, new DebugStop(StopReason.Start)));

    /// <summary>Does a command and writes its answer; an empty line does the last one again. False when it could not be done.</summary>
    public bool Execute(string line, TextWriter output, OutputForm form)
    {
        ArgumentNullException.ThrowIfNull(line);
        line = line.Trim();
        if (line.Length == 0) line = _last;
        if (line.Length == 0 || line[0] == '#') return true;
        _last = line;
        ConsoleAnswer answer = Answer(line);
        Write(output, form, line, answer);
        return !answer.IsMistake;
    }

    private static void Write(TextWriter output, OutputForm form, string line, ConsoleAnswer answer)
    {
        if (form == OutputForm.Text)
        {
            answer.Text(output);
            output.Flush();
            return;
        }

        using var stream = new MemoryStream();
        StreamOutput.WriteJson(stream, form, json =>
        {
            json.WriteStartObject();
            if (line.Length > 0) json.WriteString("command", line);
            answer.Json(json);
            json.WriteEndObject();
        });
        output.Write(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
        output.Flush();
    }

    private ConsoleAnswer Answer(string line)
    {
        int space = line.IndexOfAny([' ', '\t', '/']);
        string word = space < 0 ? line : line[..space], rest = space < 0 ? "" : line[space..].Trim();
        (string name, _, string help) = s_commands.FirstOrDefault(one => one.Name == word || one.Short.Contains(word));
        if (name is null)
        {
            string near = Spelling.DidYouMean(word, s_commands.Select(one => one.Name)) ?? "help lists all";
            return ConsoleAnswer.Mistake($"there is no command {word} ({near})");
        }

        return name switch
        {
            "break" => Break(rest),
            "delete" => Delete(rest),
            "run" => Stop(_session.Restart()),
            "continue" => Stop(_session.Continue()),
            "reverse-continue" => Stop(_session.ContinueBack()),
            "finish" => Stop(_session.Step(StepKind.Out)),
            "reverse-finish" => Stop(_session.StepBack(StepKind.Out)),
            "step" => Repeat(rest, () => _session.Step(StepKind.Line), help),
            "next" => Repeat(rest, () => _session.Step(StepKind.LineOver), help),
            "stepi" => Repeat(rest, () => _session.Step(StepKind.Instruction), help),
            "nexti" => Repeat(rest, () => _session.Step(StepKind.InstructionOver), help),
            "reverse-step" => Repeat(rest, () => _session.StepBack(StepKind.Line), help),
            "reverse-next" => Repeat(rest, () => _session.StepBack(StepKind.LineOver), help),
            "reverse-stepi" => Repeat(rest, () => _session.StepBack(StepKind.Instruction), help),
            "goto" => TryNumber(rest, out long step) ? Stop(_session.GoTo(step)) : ConsoleAnswer.Mistake(help),
            "timer" => Timer(rest, help),
            "print" => Print(rest, help),
            "x" => Examine(rest, help),
            "quit" => Quit(),
            "help" => Help(),
            _ => _info.Answer(name, rest) ?? ConsoleAnswer.Mistake(help),
        };
    }

    private ConsoleAnswer Timer(string text, string help)
    {
        if (!TryNumber(text, out long number)) return ConsoleAnswer.Mistake(help);
        return _session.RunTimer((int)Math.Min(number, int.MaxValue), out string? mistake) is { } stop
            ? Stop(stop) : ConsoleAnswer.Mistake(mistake!);
    }

    private ConsoleAnswer Stop(DebugStop stop) => StopAnswer.Of(_session, _view, stop);

    private ConsoleAnswer Repeat(string count, Func<DebugStop> step, string help)
    {
        long times = 1;
        if (count.Length > 0 && (!TryNumber(count, out times) || times < 1)) return ConsoleAnswer.Mistake(help);
        long begin = _session.Machine.Steps;
        DebugStop stop = step();
        for (long done = 1; done < times && stop.Reason == StopReason.Step; done++)
        {
            if (Math.Abs(_session.Machine.Steps - begin) >= DebugSession.MostSteps) return Stop(new DebugStop(StopReason.Limit));
            stop = step();
        }

        return Stop(stop);
    }

    private ConsoleAnswer Break(string rest)
    {
        int at = rest.IndexOf(" if ", StringComparison.Ordinal);
        string location = at < 0 ? rest : rest[..at];
        if (location.Length == 0) location = $"*{_session.Machine.Slot.ToString(CultureInfo.InvariantCulture)}";
        if (!_session.TryBreak(location, at < 0 ? null : rest[(at + 4)..], out Breakpoint? made, out string? mistake))
            return ConsoleAnswer.Mistake(mistake);
        return new ConsoleAnswer(
            output => output.WriteLine(InfoAnswers.Describe(made, _view)),
            json =>
            {
                json.WriteStartObject("breakpoint");
                InfoAnswers.WriteJson(json, made, _view);
                json.WriteEndObject();
            });
    }

    private ConsoleAnswer Delete(string rest)
    {
        if (rest.Length == 0)
        {
            _session.DeleteAll();
            return ConsoleAnswer.Note("all breakpoints are removed");
        }

        return TryNumber(rest, out long number) && number <= int.MaxValue && _session.Delete((int)number)
            ? ConsoleAnswer.Note($"breakpoint {number} is removed") : ConsoleAnswer.Mistake($"there is no breakpoint {rest}");
    }

    private ConsoleAnswer Print(string text, string help)
    {
        if (text.Length == 0) return ConsoleAnswer.Mistake(help);
        if (!TryEvaluate(text, out ulong value, out string? mistake)) return ConsoleAnswer.Mistake(mistake!);
        return new ConsoleAnswer(
            output => output.WriteLine(SafeText.Escape(_view.Value(value))),
            json =>
            {
                json.WriteNumber("value", value);
                json.WriteString("text", _view.Value(value));
            });
    }

    private ConsoleAnswer Examine(string text, string help)
    {
        long count = 16;
        if (text.StartsWith('/'))
        {
            int space = text.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0 || !TryNumber(text[1..space], out count) || count is < 1 or > 4096) return ConsoleAnswer.Mistake(help);
            text = text[space..].Trim();
        }

        if (text.Length == 0) return ConsoleAnswer.Mistake(help);
        if (!TryEvaluate(text, out ulong address, out string? mistake)) return ConsoleAnswer.Mistake(mistake!);
        var bytes = new byte[count];
        if (!_session.Machine.TryPeek(address, bytes)) return ConsoleAnswer.Mistake($"no {count} bytes are at {_view.Value(address)}");
        return new ConsoleAnswer(
            output =>
            {
                HexText.Write(output, bytes);
                output.WriteLine();
            },
            json => json.WriteString("bytes", Convert.ToHexStringLower(bytes)));
    }

    private bool TryEvaluate(string text, out ulong value, out string? mistake)
    {
        value = 0;
        if (!ExpressionParser.TryParse(text, out Expression? expression, out mistake)) return false;
        try
        {
            value = _session.Evaluate(expression);
            return true;
        }
        catch (ExpressionException e)
        {
            mistake = e.Message;
            return false;
        }
    }

    private ConsoleAnswer Quit()
    {
        IsEnded = true;
        return new ConsoleAnswer(static _ => { }, static json => json.WriteBoolean("ended", true));
    }

    private static ConsoleAnswer Help() => new(
        output =>
        {
            foreach ((_, string[] shorts, string help) in s_commands)
                output.WriteLine($"{help}{(shorts.Length > 0 ? $" ({string.Join(", ", shorts)})" : "")}");
        },
        json =>
        {
            json.WriteStartArray("commands");
            foreach ((string name, _, string help) in s_commands)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("help", help);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
