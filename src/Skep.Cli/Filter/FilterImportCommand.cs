using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;
using Skep.Filter;
using Skep.Filter.Import;
using Skep.Filter.Runtime.Report;
using Skep.Filter.Syntax;
using Skep.Linux.Files;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter import</c>.</summary>
internal static class FilterImportCommand
{
    public static Command Create()
    {
        var kind = new Argument<string>("KIND") { Description = "nft (the output of nft list ruleset), iptables-save or ip6tables-save." };
        OptionValues.TakeOnly(kind, "nft", "iptables-save", "ip6tables-save");
        var file = new Argument<string>("FILE") { Description = "The file; - for standard input." };
        var table = new Option<string>("--table")
        {
            Description = "The table's name.", HelpName = "NAME", DefaultValueFactory = _ => "imported",
        };
        var dev = new Option<string[]>("--dev")
        {
            Description = "A device that the table is for (may be repeated): decides matches of the input interface.",
            HelpName = "DEV",
        };
        var import = new SkepCommand(
            "import",
            "Translates the rules of another firewall to a rule file.\nWhat cannot be expressed is listed on standard error.",
            new(
                "docs/filter.md",
                new("skep filter import nft ruleset.nft --table edge > edge.skep", "the output of nft list ruleset"),
                new("skep filter import iptables-save - --dev eth0", "that of iptables-save, for one device"),
                new("skep filter import nft ruleset.nft -j", "the table as JSON"))
            {
                Usage = "wrong usage, or the rules make no table",
            }) { kind, file, table, dev };
        import.Prints((parsed, form) =>
        {
            string path = parsed.GetValue(file)!;
            string text = NamedInput.ReadText(path, InputLimit.Import);
            string name = parsed.GetValue(table)!;
            string[] devices = parsed.GetValue(dev) ?? [];
            ImportResult result = parsed.GetValue(kind) switch
            {
                "nft" => NftImporter.Import(text, name, devices),
                "ip6tables-save" => IptablesImporter.Import(text, name, isIp6: true, devices),
                _ => IptablesImporter.Import(text, name, null, devices),
            };
            foreach (ImportNote note in result.Notes) Message.Print($"line {note.Line}: {note.Text}: {note.Reason}");
            if (result.Total > 0)
                Message.Print($"{result.Taken} of {result.Total} rules imported ({100L * result.Taken / result.Total} %)");
            if (result.Failure is not null) return Message.Error($"cannot import {path}: {result.Failure}", ExitCode.Failed);
            string written = result.Format();
            RuleFile rules = RuleFile.Read(new SourceText(name, written));
            if (rules.Diagnostics.FirstOrDefault(d => d.Severity == Severity.Error) is { } wrong)
            {
                string suggestion = wrong.Suggestion is null ? "" : $" ({wrong.Suggestion})";
                return Message.Error($"cannot write {path} as a table {name}: {wrong.Message}{suggestion}", ExitCode.Usage);
            }

            StandardOutput.Write(form, json => CompiledFilterWriter.WriteTable(json, rules.Table!), text => text.Write(written));
            return ExitCode.Done;
        });
        return import;
    }
}
