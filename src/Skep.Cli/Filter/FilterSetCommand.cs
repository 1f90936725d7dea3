using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Sets;
using Skep.Linux.Files;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter set</c>.</summary>
internal static class FilterSetCommand
{
    private const string PairOfSets =
        "The set's name; or two, comma-separated, one of IPv4 and one of IPv6 addresses: each element goes to the set of its family.";

    private const string Page = "docs/filter.md";

    private static readonly CommandHelp s_help = new(
        Page,
        new("skep filter set add edge blocked 192.0.2.0/24", "add an element"),
        new("skep filter set load edge blocked feed.txt", "replace all elements by those of a feed"),
        new("skep filter set list edge blocked", "the elements"));

    private static readonly CommandHelp s_addHelp = new(
        Page,
        new("skep filter set add edge blocked 192.0.2.0/24 198.51.100.7", "two elements"),
        new("skep filter set add edge blocked --file feed.txt --timeout 1d", "those of a feed, for a day"));

    private static readonly CommandHelp s_deleteHelp = new(
        Page,
        new("skep filter set del edge blocked 192.0.2.0/24", "one element"),
        new("skep filter set del edge blocked4,blocked6 --file feed.txt", "those of a feed, from two sets"));

    private static readonly CommandHelp s_loadHelp = new(
        Page,
        new("skep filter set load edge blocked feed.txt", "prints how many were added, removed and kept"),
        new("skep filter set load edge blocked4,blocked6 feed.txt -j", "into two sets, with JSON"))
    {
        Failed = "failed, or too many elements would be removed (see --force): the set is not changed",
    };

    private static readonly CommandHelp s_listHelp = new(
        Page,
        new("skep filter set list edge blocked", "as a feed that load reads"),
        new("skep filter set list edge blocked -j", "as JSON, with the time that is left"),
        new("skep filter set list edge blocked --terse", "without the elements"));

    private static readonly CommandHelp s_getHelp = new(
        Page,
        new("skep filter set get edge blocked 192.0.2.9", "the element that holds it: 192.0.2.0/24 timeout 3h"),
        new("skep filter set get edge blocked4,blocked6 2001:db8::1 -j", "from the set of its family, as JSON"))
    {
        Failed = "failed, or the element is not in the set",
    };

    public static Command Create() => new SkepCommand(
        "set", "Changes and lists the sets of an applied table while it runs.\nEach call is done whole or not at all.", s_help)
    {
        CreateChange("add", "Adds elements; one that is there keeps the longer of the two times.", s_addHelp, timed: true),
        CreateChange("del", "Deletes elements; all of them must be there.", s_deleteHelp, timed: false),
        CreateLoad(),
        CreateFeed(),
        CreateGet(),
        CreateList(),
    };

    private static Command CreateChange(string name, string description, CommandHelp help, bool timed)
    {
        (Argument<string> table, Argument<string> set) = Names(PairOfSets);
        var elements = new Argument<string[]>("ELEMENT")
        {
            Description = "An element as in a rule file: 10.0.0.1, 192.0.2.0/24, '10.0.0.5 . 53', '10.0.0.1 timeout 1h'.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var file = new Option<string?>("--file", "-f")
        {
            Description = "Elements from a feed: one per line; - for standard input.", HelpName = "FILE",
        };
        Option<TimeSpan?> timeout = Timeout();
        var command = new SkepCommand(name, description, help) { table, set, elements, file };
        if (timed) command.Options.Add(timeout);
        command.Validators.Add(result =>
        {
            if (result.GetResult(elements) is { Tokens.Count: > 0 } == result.GetResult(file) is not null)
                result.AddError("give either elements or --file FILE");
        });
        command.SetAction(parsed => FilterTables.Guarded("change a set", () => Run(parsed.GetValue(table)!, parsed.GetValue(set)!, sets =>
        {
            List<(LiveSet Set, ElementList Elements)>? read = parsed.GetValue(file) is { } path
                ? sets.ParseFeed(Title(path), NamedInput.ReadText(path, InputLimit.Feed), FilterFile.Print)
                : sets.Parse(parsed.GetValue(elements)!, FilterFile.Print);
            if (read is null) return ExitCode.Usage;
            if (timed) LiveSet.Add(parsed.GetValue(table)!, read, parsed.GetValue(timeout), Message.Print);
            else LiveSet.Delete(parsed.GetValue(table)!, read, Message.Print);
            return ExitCode.Done;
        })));
        return command;
    }

    private static Command CreateLoad()
    {
        (Argument<string> table, Argument<string> set) = Names(PairOfSets);
        var file = new Argument<string?>("FILE")
        {
            Description = "A feed: one element per line, comments after # or ;. - for standard input.", Arity = ArgumentArity.ZeroOrOne,
        };
        var fileOption = new Option<string?>("--file", "-f") { Description = "The feed, instead of the argument.", HelpName = "FILE" };
        var force = new Option<bool>("--force")
        {
            Description = "Accept a feed without an element, or one that leaves a set less than half of its elements.",
        };
        Option<TimeSpan?> timeout = Timeout();
        var load = new SkepCommand(
            "load",
            "Replaces all elements of a set, or of a pair of sets, by those of a feed.\n"
            + "It prints how many were added, removed and kept.",
            s_loadHelp) { table, set, file, fileOption, timeout, force };
        load.Validators.Add(result =>
        {
            if (result.GetResult(file) is { Tokens.Count: > 0 } == result.GetResult(fileOption) is not null)
                result.AddError("give a feed: FILE, or --file FILE");
        });
        load.Prints((parsed, form) => FilterTables.Guarded("change a set", () => Run(parsed.GetValue(table)!, parsed.GetValue(set)!, sets =>
        {
            (string path, string name) = (parsed.GetValue(file) ?? parsed.GetValue(fileOption)!, parsed.GetValue(table)!);
            List<(LiveSet Set, ElementList Elements)>? read =
                sets.ParseFeed(Title(path), NamedInput.ReadText(path, InputLimit.Feed), FilterFile.Print);
            if (read is null) return ExitCode.Usage;
            try
            {
                IReadOnlyList<SetDelta> deltas = LiveSet.Load(name, read, parsed.GetValue(timeout), parsed.GetValue(force), Message.Print);
                Print(form, name, deltas, isLoaded: true);
                return ExitCode.Done;
            }
            catch (SetLossException e)
            {
                Print(form, name, e.Deltas, isLoaded: false);
                return Message.Error(e.Message, ExitCode.Failed);
            }
        })));
        return load;
    }

    private static Command CreateFeed()
    {
        (Argument<string> table, Argument<string> set) = Names(PairOfSets);
        return FilterSetFeedCommand.Create(table, set);
    }

    /// <summary>Prints what a load changed; of a refused one, in JSON only, what it would have changed.</summary>
    private static void Print(OutputForm form, string table, IReadOnlyList<SetDelta> deltas, bool isLoaded)
    {
        if (form != OutputForm.Text) StandardOutput.WriteJson(form, json => SetWriter.WriteJson(json, table, deltas, isLoaded));
        else if (isLoaded) StandardOutput.WriteText(output => SetWriter.WriteText(output, deltas));
    }

    private static Command CreateList()
    {
        (Argument<string> table, Argument<string> set) = Names("The set's name.");
        var terse = new Option<bool>("--terse", "-t") { Description = "Leave out the elements: print the declaration and their number." };
        var list = new SkepCommand("list", "Lists the elements as a feed that load reads, with the time that is left of each.", s_listHelp)
        {
            table, set, terse,
        };
        list.Prints((parsed, form) => FilterTables.Guarded("list a set", () => Run(parsed.GetValue(table)!, parsed.GetValue(set)!, sets =>
        {
            StandardOutput.Write(output =>
            {
                foreach (LiveSet live in sets.All)
                    Write(output, form, parsed.GetValue(table)!, live, parsed.GetValue(terse));
            });
            return ExitCode.Done;
        })));
        return list;
    }

    private static Command CreateGet()
    {
        (Argument<string> table, Argument<string> set) = Names(PairOfSets);
        var element = new Argument<string>("ELEMENT")
        {
            Description = "An element, or a part of one: 10.0.0.1, 192.0.2.0/28, '10.0.0.5 . 53'.",
        };
        var get = new SkepCommand(
            "get", "Prints the element of a set that holds an address or another value, with the time that is left.", s_getHelp)
        {
            table, set, element,
        };
        get.Prints((parsed, form) => FilterTables.Guarded("read a set", () => Run(parsed.GetValue(table)!, parsed.GetValue(set)!, sets =>
        {
            (string name, string text) = (parsed.GetValue(table)!, parsed.GetValue(element)!);
            if (sets.Parse([text], FilterFile.Print) is not { } read) return ExitCode.Usage;
            if (read.FindAll(part => part.Elements.Count > 0) is not [(LiveSet live, { Count: 1 } wanted)])
                return Message.Error($"get takes one element, not '{text}'", ExitCode.Usage);
            IReadOnlyList<LiveElement> found = live.Find(wanted);
            if (form == OutputForm.Text) StandardOutput.WriteText(output => SetWriter.WriteText(output, found));
            else StandardOutput.WriteJson(form, json => SetWriter.WriteJson(json, name, live, found));
            if (found.Count > 0) return ExitCode.Done;
            return Message.Error(
                $"finding {text} in set {live.Name} of table {name}: it is not in it (skep filter set list {name} {live.Name} shows "
                + "what is)",
                ExitCode.Failed);
        })));
        return get;
    }

    private static void Write(Stream output, OutputForm form, string table, LiveSet set, bool isTerse)
    {
        if (form != OutputForm.Text)
        {
            StreamOutput.WriteJson(output, form, json =>
            {
                if (isTerse) SetWriter.WriteTerseJson(json, table, set);
                else SetWriter.WriteJson(json, table, set, set.List());
            });
            return;
        }
        using StreamWriter writer = StreamOutput.Text(output);
        if (isTerse) SetWriter.WriteTerseText(writer, set);
        else SetWriter.WriteText(writer, set.List());
    }

    private static int Run(string table, string set, Func<LiveSets, int> action)
    {
        try
        {
            using LiveSets sets = LiveSets.Open(table, set);
            return action(sets);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return Message.Error(e.Message, ExitCode.Failed);
        }
    }

    private static (Argument<string> Table, Argument<string> Set) Names(string set) =>
        (new("TABLE") { Description = "The applied table's name." }, new("SET") { Description = set });

    private static Option<TimeSpan?> Timeout() => new("--timeout")
    {
        Description = "How long elements without a time of their own last: 1d, 12h30m, 500ms. The set must have flags timeout.",
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
