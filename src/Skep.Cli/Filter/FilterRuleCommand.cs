using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.State;
using Skep.Filter.Runtime.Tables;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter rule</c>.</summary>
internal static class FilterRuleCommand
{
    private const string Page = "docs/filter.md";

    private static readonly CommandHelp s_help = new(
        Page,
        new("skep filter rule add edge 'ip saddr 192.0.2.7 drop'", "add a rule behind the last one"),
        new("skep filter rule insert edge 'tcp dport 22 pass'", "add a rule before the first one"),
        new("skep filter rule del edge 'udp dport 53 drop'", "delete a rule"));

    private static readonly CommandHelp s_addHelp = new(
        Page,
        new("skep filter rule add edge 'ip saddr 192.0.2.7 drop'", "behind the last rule; prints its id"),
        new("skep filter rule add edge udp dport 53 limit rate over 100/second drop", "without quotes"))
    {
        Usage = "wrong usage, or the rule has an error",
    };

    private static readonly CommandHelp s_insertHelp = new(
        Page,
        new("skep filter rule insert edge 'tcp dport 22 pass'", "before the first rule; prints its id"),
        new("skep filter rule insert edge 'tcp dport 22 pass' --before 'tcp dport 0-1023 drop'", "before another rule"))
    {
        Usage = "wrong usage, or the rule has an error",
    };

    private static readonly CommandHelp s_deleteHelp = new(
        Page,
        new("skep filter rule del edge 'udp dport 53 drop'", "by its text, as skep filter show prints it"),
        new("skep filter rule del edge r20f271f6c478", "by its id, which add and skep filter show -j print"));

    public static Command Create() => new SkepCommand(
        "rule",
        "Changes single rules of an applied table while it runs.\n"
        + "The other rules keep their counters, and sets their elements. The rule file is not changed.",
        s_help) { CreateAdd(), CreateInsert(), CreateDelete() };

    private static Command CreateAdd()
    {
        (Argument<string> table, Argument<string[]> rule) = (Table(), Rule());
        var add = new SkepCommand("add", "Adds a rule behind the last one.", s_addHelp) { table, rule };
        add.Prints((parsed, form) => Edit(
            () => PrintId(form, RuleEdits.Add(parsed.GetValue(table)!, Text(parsed.GetValue(rule)!), Message.Print))));
        return add;
    }

    private static Command CreateInsert()
    {
        (Argument<string> table, Argument<string[]> rule) = (Table(), Rule());
        var before = new Option<string?>("--before") { Description = "The id or the text of the rule behind it.", HelpName = "RULE" };
        var insert = new SkepCommand("insert", "Adds a rule before the first one, or before another.", s_insertHelp)
        {
            table, rule, before,
        };
        insert.Prints((parsed, form) => Edit(() => PrintId(
            form, RuleEdits.Insert(parsed.GetValue(table)!, parsed.GetValue(before), Text(parsed.GetValue(rule)!), Message.Print))));
        return insert;
    }

    private static Command CreateDelete()
    {
        Argument<string> table = Table();
        var rule = new Argument<string[]>("RULE")
        {
            Description = "The rule's id, or its text as skep filter show prints it.", Arity = ArgumentArity.OneOrMore,
        };
        var delete = new SkepCommand("del", "Deletes a rule.", s_deleteHelp) { table, rule };
        delete.SetAction(parsed => Edit(() => RuleEdits.Delete(parsed.GetValue(table)!, Text(parsed.GetValue(rule)!), Message.Print)));
        return delete;
    }

    private static Argument<string> Table() => new("TABLE") { Description = "The table's name." };

    private static Argument<string[]> Rule() => new("RULE")
    {
        Description = "The rule, as in a rule file.", Arity = ArgumentArity.OneOrMore,
    };

    private static string Text(string[] words) => string.Join(' ', words);

    private static void PrintId(OutputForm form, string id) =>
        StandardOutput.Write(form, json =>
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteEndObject();
        }, output => output.WriteLine(id));

    private static int Edit(Action edit) => FilterTables.Guarded("change a rule", () =>
    {
        try
        {
            edit();
            return ExitCode.Done;
        }
        catch (RuleTextException e)
        {
            FilterFile.Print(e.Diagnostics);
            return ExitCode.Usage;
        }
        catch (FilterCompileException e)
        {
            return Message.Error(e.Message, e.InnerException is null ? ExitCode.Usage : ExitCode.Failed);
        }
    });
}
