using System.CommandLine;
using Skep.Filter;
using Skep.Filter.Import;
using Skep.Filter.Syntax;
using Skep.Watch.Output;

namespace Skep.Cli;

/// <summary><c>skep filter import</c>.</summary>
internal static class FilterImportCommand
{
    public static Command Create()
    {
        var kind = new Argument<string>("KIND") { Description = "nft (the output of nft list ruleset), iptables-save or ip6tables-save." };
        kind.AcceptOnlyFromAmong("nft", "iptables-save", "ip6tables-save");
        var file = new Argument<string>("FILE") { Description = "The file; - for standard input." };
        var table = new Option<string>("--table") { Description = "The table's name.", HelpName = "NAME", DefaultValueFactory = _ => "imported" };
        var import = new Command("import", "Makes a rule file of another firewall's rules; says on standard error what could not be expressed.") { kind, file, table };
        import.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            string text = FilterFile.ReadText(path);
            string name = parsed.GetValue(table)!;
            ImportResult result = parsed.GetValue(kind) switch
            {
                "nft" => NftImporter.Import(text, name),
                "ip6tables-save" => IptablesImporter.Import(text, name, isIp6: true),
                _ => IptablesImporter.Import(text, name),
            };
            foreach (ImportNote note in result.Notes) Talk.Say(SafeText.EscapeLines($"line {note.Line}: {note.Text}: {note.Reason}"));
            if (result.Failure is not null) return Talk.Error($"cannot import {path}: {result.Failure}", ExitCode.Failed);
            string written = result.Format();
            if (RuleFile.Read(new SourceText(name, written)).Diagnostics.FirstOrDefault(d => d.Severity == Severity.Error) is { } wrong)
                return Talk.Error($"cannot write {path} as a table {name}: {wrong.Message}{(wrong.Suggestion is null ? "" : $" ({wrong.Suggestion})")}", ExitCode.Usage);
            Console.Out.Write(written);
            return ExitCode.Done;
        });
        return import;
    }
}
