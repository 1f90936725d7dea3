using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Filter.Runtime.Sets;
using Skep.Linux.Files;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter set</c>.</summary>
internal static class FilterSetCommand
{
    private const string PairOfSets = "The set's name; or two with a comma between them, one of IPv4 and one of IPv6 addresses: each element goes to the set of its family.";

    public static Command Create() => new("set", "Changes and lists the sets of an applied table while it runs. Each call is done whole or not at all.")
    {
        CreateChange("add", "Adds elements; one that is there keeps the longer of the two times.", timed: true),
        CreateChange("del", "Deletes elements; all of them must be there.", timed: false),
        CreateLoad(),
        CreateList(),
    };

    private static Command CreateChange(string name, string description, bool timed)
    {
        (Argument<string> table, Argument<string> set) = Names(PairOfSets);
        var elements = new Argument<string[]>("ELEMENT") { Description = "An element as in a rule file: 10.0.0.1, 192.0.2.0/24, '10.0.0.5 . 53', '10.0.0.1 timeout 1h'.", Arity = ArgumentArity.ZeroOrMore };
        var file = new Option<string?>("--file", "-f") { Description = "Elements from a feed: one a line; - for standard input.", HelpName = "FILE" };
        Option<TimeSpan?> timeout = Timeout();
        var command = new Command(name, description) { table, set, elements, file };
        if (timed) command.Options.Add(timeout);
        command.Validators.Add(result =>
        {
            if (result.GetResult(elements) is { Tokens.Count: > 0 } == result.GetResult(file) is not null) result.AddError("give either elements or --file FILE");
        });
        command.SetAction(FilterTables.Guarded("change a set", parsed => Run(parsed.GetValue(table)!, parsed.GetValue(set)!, sets =>
        {
            var read = parsed.GetValue(file) is { } path ? sets.ParseFeed(Title(path), FilterFile.ReadText(path, InputLimit.Feed)) : sets.Parse(parsed.GetValue(elements)!);
            if (read is null) return ExitCode.Usage;
            if (timed) LiveSet.Add(parsed.GetValue(table)!, read, parsed.GetValue(timeout), FilterTables.Say);
            else LiveSet.Delete(parsed.GetValue(table)!, read, FilterTables.Say);
            return ExitCode.Done;
        })));
        return command;
    }

    private static Command CreateLoad()
    {
        (Argument<string> table, Argument<string> set) = Names(PairOfSets);
        var file = new Argument<string?>("FILE") { Description = "A feed: one element a line, comments behind # or ;. - for standard input.", Arity = ArgumentArity.ZeroOrOne };
        var fileOption = new Option<string?>("--file", "-f") { Description = "The feed, in place of the argument.", HelpName = "FILE" };
        var force = new Option<bool>("--force") { Description = "Load a feed without an element, or one that leaves a set less than half of its elements." };
        var json = new Option<bool>("--json", "-j") { Description = "Print what changed as JSON." };
        Option<TimeSpan?> timeout = Timeout();
        var load = new Command("load", "Replaces all elements of a set, or of a pair of sets, by those of a feed, and prints what changed: elements added, removed, and kept.") { table, set, file, fileOption, timeout, force, json };
        load.Validators.Add(result =>
        {
            if (result.GetResult(file) is { Tokens.Count: > 0 } == result.GetResult(fileOption) is not null) result.AddError("give a feed: FILE, or --file FILE");
        });
        load.SetAction(FilterTables.Guarded("change a set", parsed => Run(parsed.GetValue(table)!, parsed.GetValue(set)!, sets =>
        {
            string path = parsed.GetValue(file) ?? parsed.GetValue(fileOption)!;
            var read = sets.ParseFeed(Title(path), FilterFile.ReadText(path, InputLimit.Feed));
            if (read is null) return ExitCode.Usage;
            try
            {
                Print(parsed.GetValue(json), parsed.GetValue(table)!, LiveSet.Load(parsed.GetValue(table)!, read, parsed.GetValue(timeout), parsed.GetValue(force), FilterTables.Say), isLoaded: true);
                return ExitCode.Done;
            }
            catch (SetLossException e)
            {
                Print(parsed.GetValue(json), parsed.GetValue(table)!, e.Deltas, isLoaded: false);
                return Talk.Error(e.Message, ExitCode.Failed);
            }
        })));
        return load;
    }

    /// <summary>Prints what a load changed; of a refused one, in JSON only, what it would have changed.</summary>
    private static void Print(bool asJson, string table, IReadOnlyList<SetDelta> deltas, bool isLoaded)
    {
        if (!asJson)
        {
            if (isLoaded) Data.WriteText(output => WriteDeltas(output, deltas));
            return;
        }

        Data.WriteJson(pretty: false, json =>
        {
            json.WriteStartObject();
            json.WriteString("table", table);
            json.WriteBoolean("loaded", isLoaded);
            json.WriteStartArray("sets");
            foreach (SetDelta delta in deltas)
            {
                json.WriteStartObject();
                json.WriteString("name", delta.Set);
                json.WriteNumber("added", delta.Added);
                json.WriteNumber("removed", delta.Removed);
                json.WriteNumber("kept", delta.Kept);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void WriteDeltas(TextWriter output, IReadOnlyList<SetDelta> deltas)
    {
        foreach (SetDelta delta in deltas) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{delta.Set} +{delta.Added} -{delta.Removed} ={delta.Kept}"));
    }

    private static Command CreateList()
    {
        (Argument<string> table, Argument<string> set) = Names("The set's name.");
        var json = new Option<bool>("--json", "-j") { Description = "JSON." };
        var list = new Command("list", "Lists the elements as a feed that load reads, with the time that is left of each.") { table, set, json };
        list.SetAction(FilterTables.Guarded("list a set", parsed => Run(parsed.GetValue(table)!, parsed.GetValue(set)!, sets =>
        {
            Data.Write(output =>
            {
                foreach (LiveSet live in sets.All)
                {
                    if (parsed.GetValue(json)) WriteJson(output, parsed.GetValue(table)!, live);
                    else WriteText(output, live);
                }
            });
            return ExitCode.Done;
        })));
        return list;
    }

    private static void WriteText(Stream output, LiveSet set)
    {
        using var writer = new StreamWriter(output, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        foreach (LiveElement element in set.List())
            writer.WriteLine(element.Line);
    }

    private static void WriteJson(Stream output, string table, LiveSet set)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("table", table);
            json.WriteString("name", set.Name);
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

    private static int Run(string table, string set, Func<FilterSets, int> action)
    {
        try
        {
            using FilterSets sets = FilterSets.Open(table, set);
            return action(sets);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return Talk.Error(e.Message, ExitCode.Failed);
        }
    }

    private static (Argument<string> Table, Argument<string> Set) Names(string set) =>
        (new("TABLE") { Description = "The applied table's name." }, new("SET") { Description = set });

    private static Option<TimeSpan?> Timeout() => new("--timeout")
    {
        Description = "How long the elements last that have no time of their own: 1d, 12h30m, 500ms. The set must have flags timeout.",
        HelpName = "TIME",
        CustomParser = result =>
        {
            string text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
            if (LiveSet.TryParseTime(text, out TimeSpan time)) return time;
            result.AddError($"--timeout takes a time such as 1d, 12h30m or 500ms, up to 3650d, not '{text}'");
            return null;
        },
    };

    private static string Title(string path) => path == "-" ? "standard input" : path;
}
