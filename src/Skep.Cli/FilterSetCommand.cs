using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Skep.Filter.Load;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Watch.Output;

namespace Skep.Cli;

/// <summary><c>skep filter set</c>.</summary>
internal static class FilterSetCommand
{
    public static Command Create() => new("set", "Changes and lists the sets of an applied table while it runs. Each call is done whole or not at all.")
    {
        CreateChange("add", "Adds elements; one that is there keeps the longer of the two times.", timed: true, static (set, elements, timeout) => set.Add(elements, timeout)),
        CreateChange("del", "Takes elements out; all of them must be there.", timed: false, static (set, elements, _) => set.Delete(elements)),
        CreateLoad(),
        CreateList(),
    };

    private static Command CreateChange(string name, string description, bool timed, Action<LiveSet, ElementList, TimeSpan?> change)
    {
        (Argument<string> table, Argument<string> set) = Names();
        var elements = new Argument<string[]>("ELEMENT") { Description = "An element as in a rule file: 10.0.0.1, 192.0.2.0/24, '10.0.0.5 . 53'.", Arity = ArgumentArity.ZeroOrMore };
        var file = new Option<string?>("--file", "-f") { Description = "Elements from a feed: one a line; - for standard input.", HelpName = "FILE" };
        Option<TimeSpan?> timeout = Timeout();
        var command = new Command(name, description) { table, set, elements, file };
        if (timed) command.Options.Add(timeout);
        command.Validators.Add(result =>
        {
            if (result.GetValue(elements) is { Length: > 0 } == result.GetValue(file) is not null) result.AddError("give either elements or --file FILE");
        });
        command.SetAction(FilterTables.Guarded("change a set", parsed => Run(parsed.GetValue(table)!, parsed.GetValue(set)!, live =>
        {
            ReadElements read = parsed.GetValue(file) is { } path ? live.ParseFeed(Title(path), FilterFile.ReadText(path)) : live.Parse(parsed.GetValue(elements)!);
            if (!Report(read)) return ExitCode.Usage;
            change(live, read.Elements!, timed ? parsed.GetValue(timeout) : null);
            return ExitCode.Done;
        })));
        return command;
    }

    private static Command CreateLoad()
    {
        (Argument<string> table, Argument<string> set) = Names();
        var file = new Argument<string>("FILE") { Description = "A feed: one element a line, comments behind # or ;. - for standard input." };
        Option<TimeSpan?> timeout = Timeout();
        var load = new Command("load", "Puts the elements of a feed in the place of all that the set has.") { table, set, file, timeout };
        load.SetAction(FilterTables.Guarded("change a set", parsed => Run(parsed.GetValue(table)!, parsed.GetValue(set)!, live =>
        {
            ReadElements read = live.ParseFeed(Title(parsed.GetValue(file)!), FilterFile.ReadText(parsed.GetValue(file)!));
            if (!Report(read)) return ExitCode.Usage;
            live.Load(read.Elements!, parsed.GetValue(timeout));
            return ExitCode.Done;
        })));
        return load;
    }

    private static Command CreateList()
    {
        (Argument<string> table, Argument<string> set) = Names();
        var json = new Option<bool>("--json", "-j") { Description = "JSON." };
        var list = new Command("list", "Lists the elements as a feed, with what is left of their time as comments.") { table, set, json };
        list.SetAction(FilterTables.Guarded("list a set", parsed => Run(parsed.GetValue(table)!, parsed.GetValue(set)!, live =>
        {
            using Stream output = Console.OpenStandardOutput();
            if (parsed.GetValue(json)) WriteJson(output, parsed.GetValue(table)!, parsed.GetValue(set)!, live);
            else WriteText(output, live);
            return ExitCode.Done;
        })));
        return list;
    }

    private static void WriteText(Stream output, LiveSet set)
    {
        using var writer = new StreamWriter(output, new UTF8Encoding(false), 1 << 16);
        foreach (LiveElement element in set.List())
            writer.WriteLine(element.Expires is { } rest ? string.Create(CultureInfo.InvariantCulture, $"{element.Text} # {rest.TotalSeconds:F0}s left") : element.Text);
    }

    private static void WriteJson(Stream output, string table, string name, LiveSet set)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("table", table);
            json.WriteString("name", name);
            json.WriteString("type", string.Join(" . ", set.Type));
            json.WriteStartArray("elements");
            foreach (LiveElement element in set.List())
            {
                json.WriteStartObject();
                json.WriteString("value", element.Text);
                if (element.Expires is { } rest) json.WriteNumber("expires", Math.Round(rest.TotalSeconds, 3));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static int Run(string table, string set, Func<LiveSet, int> action)
    {
        try
        {
            using LiveSet live = LiveSet.Open(table, set);
            return action(live);
        }
        catch (InvalidDataException e)
        {
            return Talk.Error(e.Message, ExitCode.Failed);
        }
    }

    private static bool Report(ReadElements read)
    {
        FilterFile.Tell(read.Diagnostics);
        return read.Elements is not null;
    }

    private static (Argument<string> Table, Argument<string> Set) Names() =>
        (new("TABLE") { Description = "The applied table's name." }, new("SET") { Description = "The set's name." });

    private static Option<TimeSpan?> Timeout() => new("--timeout")
    {
        Description = "How long the elements last that have no time of their own: 1d, 12h30m, 500ms. The set must have flags timeout.",
        HelpName = "TIME",
        CustomParser = result =>
        {
            if (LiveSet.TryParseTime(result.Tokens[0].Value, out TimeSpan time)) return time;
            result.AddError($"'{result.Tokens[0].Value}' is not a time such as 1d, 12h30m or 500ms, up to 3650d");
            return null;
        },
    };

    private static string Title(string path) => path == "-" ? "standard input" : path;
}
