using System.Globalization;
using System.Text.Json;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.State;
using Skep.Output;

namespace Skep.Debug.Debugger.Console;

/// <summary>Commands that show something and change nothing.</summary>
internal sealed class InfoAnswers(DebugSession session, SessionView view)
{
    private const int Around = 4, Registers = 11, MostEntries = 64;

    /// <summary>The answer to a command; null where its words are wrong.</summary>
    public ConsoleAnswer? Answer(string command, string rest) => (command, rest) switch
    {
        ("backtrace", _) or ("info", "frame" or "f") => Frames(),
        ("list", _) => Lines(),
        ("disassemble", _) => Instructions(),
        ("pseudo", _) => Pseudo(),
        ("info", "registers" or "r") => RegistersAnswer(),
        ("info", "stack") => Stack(),
        ("info", "packet") => Packet(),
        ("info", "maps") => Maps(),
        ("info", "breakpoints" or "b") => Breakpoints(),
        ("info", "events") => Events(),
        ("info", "timers") => Timers(),
        ("info", _) when rest.StartsWith("map ", StringComparison.Ordinal) => Map(rest[4..].Trim()),
        _ => null,
    };

    public static string Describe(Breakpoint one, SessionView view)
    {
        string slots = one.Slots.Count == 0 ? "" : $" at {string.Join(", ", one.Slots.Order().Select(slot => $"*{slot}"))}";
        string line = one.Slots.Count > 0 ? Place(one.Slots.Min(), view) : "";
        string condition = one.Condition is null ? "" : $" if {SafeText.Escape(one.Condition)}";
        return $"breakpoint {one.Number}: {SafeText.Escape(one.Location)}{slots}{line}{condition}";
    }

    public static void WriteJson(Utf8JsonWriter json, Breakpoint one, SessionView view)
    {
        json.WriteNumber("number", one.Number);
        json.WriteString("location", one.Location);
        json.WriteStartArray("insns");
        foreach (int slot in one.Slots.Order()) json.WriteNumberValue(slot);
        json.WriteEndArray();
        if (one.Slots.Count > 0 && view.Source(one.Slots.Min()) is { } source) json.WriteNumber("line", source.Line);
        if (one.Condition is { } condition) json.WriteString("condition", condition);
        json.WriteNumber("hits", one.Hits);
    }

    // " (count.bpf.c:17)"
    private static string Place(int slot, SessionView view) =>
        view.Source(slot) is { Line: > 0 } source ? $" ({SafeText.Escape(Path.GetFileName(source.File ?? "?"))}:{source.Line})" : "";

    private ConsoleAnswer RegistersAnswer() => new(
        output =>
        {
            for (int i = 0; i < Registers; i++)
                output.WriteLine($"r{i,-3} {(view.Register(i) is { } text ? SafeText.Escape(text) : "(not written)")}");
        },
        json =>
        {
            json.WriteStartObject("registers");
            for (int i = 0; i < Registers; i++)
            {
                if (view.Register(i) is not { } text) continue;
                json.WriteStartObject(string.Create(CultureInfo.InvariantCulture, $"r{i}"));
                json.WriteNumber("value", session.Machine.Register(i));
                json.WriteString("text", text);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        });

    private ConsoleAnswer Stack() => List(
        "stack", view.Stack(), "the stack holds zeros only",
        one => $"fp{one.Offset,-5} {SafeText.Escape(view.Value(one.Value))}",
        (json, one) =>
        {
            json.WriteNumber("offset", one.Offset);
            json.WriteNumber("value", one.Value);
            json.WriteString("text", view.Value(one.Value));
        });

    private ConsoleAnswer Packet() => view.Packet() is not { } packet
        ? ConsoleAnswer.Mistake("the program is run on no packet")
        : new ConsoleAnswer(
            output =>
            {
                output.WriteLine(SafeText.Escape(packet.Headers));
                HexText.Write(output, packet.Bytes);
                output.WriteLine();
            },
            json =>
            {
                json.WriteString("headers", packet.Headers);
                json.WriteString("packet", Convert.ToHexStringLower(packet.Bytes));
            });

    private ConsoleAnswer Maps() => List(
        "maps", session.Machine.Maps, "the program refers to no map",
        map => $"{SafeText.Escape(map.Definition.Name)}: {map.Definition.Type}, {map.Count} entries",
        (json, map) =>
        {
            json.WriteString("name", map.Definition.Name);
            json.WriteString("type", map.Definition.Type.ToString());
            json.WriteNumber("entries", map.Count);
        });

    private ConsoleAnswer Map(string name)
    {
        if (session.Machine.Map(name) is not { } map) return ConsoleAnswer.Mistake($"the program has no map {name} (info maps lists them)");
        List<(string Key, string Value)> entries = [.. view.Entries(map).Take(MostEntries)];
        if (map.Count > 0 && entries.Count == 0)
            return ConsoleAnswer.Mistake($"the {map.Count} values of map {name} cannot be listed: they are read by taking them out");
        ConsoleAnswer list = List(
            "entries", entries, "the map is empty",
            entry => $"{SafeText.Escape(entry.Key)}: {SafeText.Escape(entry.Value)}",
            (json, entry) =>
            {
                json.WriteString("key", entry.Key);
                json.WriteString("value", entry.Value);
            });
        return new ConsoleAnswer(
            output =>
            {
                list.Text(output);
                if (map.Count > entries.Count) output.WriteLine($"and {map.Count - entries.Count} more");
            },
            json =>
            {
                list.Json(json);
                json.WriteNumber("total", map.Count);
            });
    }

    private ConsoleAnswer Breakpoints() => List(
        "breakpoints", session.Breakpoints, "there are no breakpoints",
        one => $"{Describe(one, view)}, reached {one.Hits} times", (json, one) => WriteJson(json, one, view));

    private ConsoleAnswer Events() => List(
        "events", session.Machine.Events, "the program has sent nothing",
        sent => $"{sent.Step}: {SafeText.Escape(SessionView.Event(sent))}",
        (json, sent) =>
        {
            json.WriteNumber("step", sent.Step);
            json.WriteString("kind", sent.Kind.ToString());
            json.WriteString("target", sent.Target);
            json.WriteString("data", Convert.ToHexStringLower(sent.Bytes.Span));
        });

    private ConsoleAnswer Timers() => List(
        "timers", session.Machine.Timers, "no timer waits",
        timer => $"{timer.Number}: map {SafeText.Escape(timer.Map.Definition.Name)}, "
            + $"key {SafeText.Escape(view.Key(timer.Map, timer.Key))}, {SafeText.Escape(view.Callback(timer))}, {Expiry(timer)}",
        (json, timer) =>
        {
            json.WriteNumber("number", timer.Number);
            json.WriteString("map", timer.Map.Definition.Name);
            json.WriteString("key", view.Key(timer.Map, timer.Key));
            json.WriteString("callback", view.Callback(timer));
            json.WriteNumber("insn", timer.Function);
            if (timer.Left is { } left) json.WriteNumber("left_ns", left);
        });

    private static string Expiry(MachineTimer timer) => timer.Left switch
    {
        null => "at a time of day, which the machine does not have",
        <= 0 => "now",
        { } left => string.Create(CultureInfo.InvariantCulture, $"in {left} ns"),
    };

    private ConsoleAnswer Frames() => List(
        "frames", session.Machine.Frames.Select((frame, number) => (frame, number)), "",
        one => $"#{one.number} {SafeText.Escape(view.Function(one.frame.Function))} at *{one.frame.Slot}"
            + Place(one.frame.Slot, view),
        (json, one) =>
        {
            json.WriteString("function", view.Function(one.frame.Function));
            json.WriteNumber("insn", one.frame.Slot);
            if (view.Source(one.frame.Slot) is { } source) json.WriteNumber("line", source.Line);
        });

    private ConsoleAnswer Lines()
    {
        if (session.Line is not { } now) return ConsoleAnswer.Mistake("the program has no source lines (disassemble, pseudo)");
        var known = session.Code.Lines.Where(line => line.File == now.File && Math.Abs(line.Line - now.Line) <= Around)
            .DistinctBy(line => line.Line).OrderBy(line => line.Line).ToList();
        return List(
            "lines", known, "",
            line => $"{(line.Line == now.Line ? "->" : "  ")} {line.Line,5}  {SafeText.Escape(WithoutTabs(line.Text.TrimEnd()))}",
            (json, line) =>
            {
                json.WriteNumber("line", line.Line);
                json.WriteString("text", line.Text);
            });
    }

    private ConsoleAnswer Instructions()
    {
        List<int> slots = [.. view.Slots];
        int now = slots.IndexOf(session.Machine.Slot);
        return List(
            "insns", slots.Skip(Math.Max(0, now - Around)).Take((2 * Around) + 1), "",
            slot => $"{(slot == session.Machine.Slot ? "->" : "  ")} {slot,5}: {SafeText.Escape(view.Instruction(slot))}",
            (json, slot) =>
            {
                json.WriteNumber("insn", slot);
                json.WriteString("text", view.Instruction(slot));
            });
    }

    private ConsoleAnswer Pseudo() => List(
        "lines", view.Pseudo(session.Machine.Slot, Around), "the program cannot be decompiled",
        line => $"{(line.IsCurrent ? "->" : "  ")} {SafeText.Escape(line.Text)}",
        (json, line) =>
        {
            json.WriteBoolean("current", line.IsCurrent);
            json.WriteString("text", line.Text);
        });

    private static string WithoutTabs(string text) => text.Replace("\t", "    ", StringComparison.Ordinal);

    private static ConsoleAnswer List<T>(
        string name, IEnumerable<T> items, string none, Func<T, string> text, Action<Utf8JsonWriter, T> write)
    {
        List<T> all = [.. items];
        return new ConsoleAnswer(
            output =>
            {
                if (all.Count == 0) output.WriteLine(none);
                foreach (T item in all) output.WriteLine(text(item));
            },
            json =>
            {
                json.WriteStartArray(name);
                foreach (T item in all)
                {
                    json.WriteStartObject();
                    write(json, item);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
    }
}
