using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Options;
using Skep.Filter;
using Skep.Filter.Import;
using Skep.Filter.Syntax;
using Skep.Linux.Files;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter import</c>.</summary>
internal static class FilterImportCommand
{
    public static Command Create()
    {
        var kind = new Argument<string>("KIND") { Description = "nft (the output of nft list ruleset), iptables-save or ip6tables-save." };
        OptionValues.TakeOnly(kind, "nft", "iptables-save", "ip6tables-save");
        var file = new Argument<string>("FILE") { Description = "The file; - for standard input." };
        var table = new Option<string>("--table") { Description = "The table's name.", HelpName = "NAME", DefaultValueFactory = _ => "imported" };
        var dev = new Option<string?>("--dev") { Description = "The device that the table is for: decides matches of the input device.", HelpName = "DEV" };
        var import = new Command("import", "Makes a rule file of another firewall's rules; lists on standard error what could not be expressed.") { kind, file, table, dev };
        import.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            string text = FilterFile.ReadText(path, InputLimit.Import);
            string name = parsed.GetValue(table)!;
            string? device = parsed.GetValue(dev);
            ImportResult result = parsed.GetValue(kind) switch
            {
                "nft" => NftImporter.Import(text, name, device),
                "ip6tables-save" => IptablesImporter.Import(text, name, isIp6: true, device),
                _ => IptablesImporter.Import(text, name, device: device),
            };
            foreach (ImportNote note in result.Notes) Talk.Say(SafeText.EscapeLines($"line {note.Line}: {note.Text}: {note.Reason}"));
            if (result.Total > 0) Talk.Say($"{result.Taken} of {result.Total} rules taken over ({100L * result.Taken / result.Total} %)");
            if (result.Failure is not null) return Talk.Error($"cannot import {path}: {result.Failure}", ExitCode.Failed);
            string written = result.Format();
            if (RuleFile.Read(new SourceText(name, written)).Diagnostics.FirstOrDefault(d => d.Severity == Severity.Error) is { } wrong)
                return Talk.Error($"cannot write {path} as a table {name}: {wrong.Message}{(wrong.Suggestion is null ? "" : $" ({wrong.Suggestion})")}", ExitCode.Usage);
            Data.WriteText(output => output.Write(written));
            return ExitCode.Done;
        });
        return import;
    }
}
