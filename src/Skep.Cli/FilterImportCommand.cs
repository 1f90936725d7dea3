using System.CommandLine;
using Skep.Filter.Import;
using Skep.Watch.Output;

namespace Skep.Cli;

/// <summary><c>skep filter import</c>.</summary>
internal static class FilterImportCommand
{
    public static Command Create()
    {
        var kind = new Argument<string>("KIND") { Description = "nft (the output of nft list ruleset) or iptables-save." };
        kind.AcceptOnlyFromAmong("nft", "iptables-save");
        var file = new Argument<string>("FILE") { Description = "The file; - for standard input." };
        var table = new Option<string>("--table") { Description = "The table's name.", HelpName = "NAME", DefaultValueFactory = _ => "imported" };
        var import = new Command("import", "Makes a rule file of another firewall's rules; says on standard error what could not be expressed.") { kind, file, table };
        import.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            string text = FilterFile.ReadText(path);
            string name = parsed.GetValue(table)!;
            ImportResult result = parsed.GetValue(kind) == "nft" ? NftImporter.Import(text, name) : IptablesImporter.Import(text, name);
            foreach (ImportNote note in result.Notes) Talk.Say(SafeText.EscapeLines($"line {note.Line}: {note.Text}: {note.Reason}"));
            Console.Out.Write(result.Format());
            return ExitCode.Done;
        });
        return import;
    }
}
