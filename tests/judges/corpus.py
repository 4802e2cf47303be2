#!/usr/bin/env python3
"""Writes documents as people have them: corpus.py DIR. python-docx, python-pptx, openpyxl and XlsxWriter make them, LibreOffice more of them."""
import io
import shutil
import sys
from pathlib import Path

import docx
import openpyxl
import pptx
import tools
import xlsxwriter
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt, RGBColor
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.protection import WorkbookProtection
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor as Color
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches as In


def picture(color='steelblue'):
    file = io.BytesIO()
    Image.new('RGB', (320, 200), color).save(file, 'PNG')
    file.seek(0)
    return file


def on(parent, tag, **attributes):
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn('w:' + name), value)
    parent.append(element)
    return element


def table(d):
    grid = d.add_table(3, 3)
    grid.style = 'Table Grid'
    for n in range(9):
        grid.cell(n // 3, n % 3).text = str(n)


def sections(d):
    for n in range(40):
        d.add_paragraph(f'第{n}段 ' + '文字' * 60)
    d.add_section(WD_SECTION.NEW_PAGE)
    d.sections[0].header.paragraphs[0].text = '页眉'
    d.add_paragraph('第二节')


def strange(d):
    """The default style is indented, small and white."""
    style = d.styles['Normal']
    style.font.size, style.paragraph_format.first_line_indent, style.font.color.rgb = Pt(6), Inches(1), RGBColor(255, 255, 255)
    d.add_paragraph('白')


def rtl(d):
    on(d.styles['Normal'].element.get_or_add_pPr(), 'w:bidi')
    p = d.add_paragraph()
    p.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    on(p._p.get_or_add_pPr(), 'w:bidi')
    on(p.add_run('مرحبا بالعالم')._r.get_or_add_rPr(), 'w:rtl')


def tracked(d):
    """What was deleted says the label; it is none."""
    p = d.add_paragraph('保留')._p
    for tag, inner, text in (('w:ins', 'w:t', '新增'), ('w:del', 'w:delText', '本文由AI生成')):
        change = on(p, tag, id='1', author='a', date='2026-01-01T00:00:00Z')
        on(on(change, 'w:r'), inner).text = text
    on(d.settings.element, 'w:trackRevisions')


def lists(d):
    d.add_paragraph('目录', style='Title')
    for word in '甲乙丙':
        d.add_paragraph(word, style='List Number')
    d.add_page_break()
    d.add_heading('一', 1)


def dark(d):
    background = on(d.element, 'w:background', color='202020')
    d.element.remove(background)
    d.element.insert(0, background)
    on(d.settings.element, 'w:displayBackgroundShape')
    d.add_paragraph().add_run('白字黑底').font.color.rgb = RGBColor(255, 255, 255)


def headers(d):
    section = d.sections[0]
    section.different_first_page_header_footer = d.settings.odd_and_even_pages_header_footer = True
    section.first_page_header.paragraphs[0].text, section.footer.paragraphs[0].text = '首页', '脚'
    d.add_paragraph('文')


def commented(d):
    p = d.add_paragraph('批注')
    d.add_comment(p.add_run('这里'), text='一条批注', author='a', initials='a')


def quoted(d):
    """It speaks of labels in the middle, and links to a page of that name."""
    for words in ('一', '二', '三', '本文由AI生成一语是什么意思', '四', '五', '六'):
        d.add_paragraph(words)
    link = on(d.add_paragraph()._p, 'w:hyperlink', anchor='x')
    on(on(link, 'w:r'), 'w:t').text = 'AI生成'


WORD = {
    'plain': lambda d: (d.add_heading('春天的早晨', 0), d.add_paragraph('窗外下着小雨。')),
    'table-first': table,
    'image-first': lambda d: (d.add_picture(picture()), d.add_paragraph('图一')),
    'sections': sections, 'strange-style': strange, 'rtl': rtl, 'tracked': tracked, 'lists': lists, 'dark-page': dark, 'headers': headers,
    'protected': lambda d: (d.add_paragraph('受保护'), on(d.settings.element, 'w:documentProtection', edit='readOnly', enforcement='1')),
    'empty-body': lambda d: d.element.body.remove(d.element.body.sectPr),
    'columns': lambda d: (on(d.sections[0]._sectPr, 'w:cols', num='2'), [d.add_paragraph('两栏' * 80) for _ in range(6)]),
    'comment': commented, 'quoted': quoted,
}


def grounds(show):
    show.slide_width, show.slide_height = In(13.333), In(7.5)
    for color in ('000000', 'FFFFFF', '808080', 'FF8800'):
        slide = show.slides.add_slide(show.slide_layouts[6])
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = Color.from_string(color)
        slide.shapes.add_picture(picture('white'), In(1), In(1))
    show.slides[1]._element.set('show', '0')


def crowded(show):
    """A chart, notes, a table and a title that says what a label says, and a master whose shapes are hidden."""
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = 'AI生成内容'
    slide._element.set('showMasterSp', '0')
    data = CategoryChartData()
    data.categories = ['a', 'b']
    data.add_series('s', (1, 2))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, In(1), In(2), In(6), In(4), data)
    slide.notes_slide.notes_text_frame.text = '备注'
    slide = show.slides.add_slide(show.slide_layouts[6])
    slide.shapes.add_table(2, 2, In(1), In(1), In(5), In(2)).table.cell(0, 0).text = 'AI生成'
    slide.shapes.add_group_shape().shapes.add_textbox(In(1), In(4), In(2), In(1)).text_frame.text = '组内'


def arabic(show):
    box = show.slides.add_slide(show.slide_layouts[6]).shapes.add_textbox(In(1), In(1), In(4), In(1))
    box.text_frame.text = 'مرحبا'
    box.text_frame.paragraphs[0]._p.get_or_add_pPr().set('rtl', '1')


def narrow(show):
    show.slide_width, show.slide_height = In(3), In(8)
    show.slides.add_slide(show.slide_layouts[6])


def many(show):
    for n in range(60):
        show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = f'页 {n}'


SHOW = {'grounds-hidden': grounds, 'crowded': crowded, 'rtl': arabic, 'narrow': narrow, 'many': many}


def named(book):
    book.active.title, book.active.sheet_state = 'Hidden', 'hidden'
    sheet = book.create_sheet('Shown')
    sheet['A1'], sheet['B2'] = '标题', '=Hidden!A1'
    book.active = 1
    sheet.defined_names.add(DefinedName('Local', attr_text='Shown!$A$1'))
    book.defined_names.add(DefinedName('Global', attr_text='Shown!$A$1'))


def charted(book):
    sheet = book.active
    for n in range(10):
        sheet.append([n, n * n])
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=10))
    sheet.add_chart(chart, 'D2')


def locked(book):
    book.active['A1'] = 'x'
    book.active.protection.sheet, book.security = True, WorkbookProtection(lockStructure=True)


def merged(book):
    sheet = book.active
    sheet['A1'], sheet['A3'], sheet['A1'].comment = '批', '合并', Comment('注', 'a')
    sheet.merge_cells('A3:F4')
    sheet.freeze_panes, sheet.auto_filter.ref, sheet.sheet_view.rightToLeft = 'B2', 'A1:B4', True


def rows(book, count, width):
    for n in range(count):
        book.active.append([f'名{n}', *range(width)])
    book.active['D1'] = '=SUM(B1:B20)'


BOOK = {
    'small': lambda book: rows(book, 20, 2), 'wide': lambda book: rows(book, 100, 30), 'empty': lambda book: None,
    'hidden-names': named, 'chart': charted, 'protected': locked, 'merged-rtl': merged,
}


def rich(path):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet('一')
        sheet.write_row(0, 0, ['A', 'AI生成', 'C'])
        sheet.insert_image('E2', 'p.png', {'image_data': picture()})
        sheet.insert_textbox('A10', '别的框')
        sheet.add_table('A1:C4')
        sheet.conditional_format('A1:A4', {'type': '2_color_scale'})
        sheet.data_validation('B5', {'validate': 'list', 'source': ['x']})
        sheet.write_comment('A2', 'c')
        sheet.write_url('A6', 'https://example.com')
        sheet.set_header('&C页眉')


def chartsheet(path):
    with xlsxwriter.Workbook(path) as book:
        page, sheet, chart = book.add_chartsheet('图'), book.add_worksheet('数'), book.add_chart({'type': 'line'})
        sheet.write_column(0, 0, [1, 2, 3])
        chart.add_series({'values': "='数'!$A$1:$A$3"})
        page.set_chart(chart)
        page.activate()


def main(folder):
    folder.mkdir(exist_ok=True)
    for kinds, new, suffix in ((WORD, docx.Document, 'docx'), (SHOW, pptx.Presentation, 'pptx'), (BOOK, openpyxl.Workbook, 'xlsx')):
        for name, change in kinds.items():
            document = new()
            change(document)
            document.save(folder / f'{name}.{suffix}')
    rich(folder / 'rich.xlsx')
    chartsheet(folder / 'chartsheet.xlsx')
    # The same as LibreOffice writes them, in its own formats and in those of Microsoft.
    for suffix, names in (('odt', 'plain lists tracked rtl headers table-first'), ('odp', 'grounds-hidden crowded'), ('ods', 'small chart merged-rtl')):
        of = {'odt': 'docx', 'odp': 'pptx', 'ods': 'xlsx'}[suffix]
        files = [folder / f'{name}.{of}' for name in names.split()]
        profile = f'-env:UserInstallation=file://{folder.resolve()}/.profile'
        tools.run('soffice', '--headless', profile, '--convert-to', suffix, '--outdir', folder, *files)
        again = [folder / f'{name}.{suffix}' for name in names.split()][:2]
        tools.run('soffice', '--headless', profile, '--convert-to', of, '--outdir', folder / 'again', *again)
    for path in (folder / 'again').iterdir():
        path.rename(folder / f'office-{path.name}')
    (folder / 'again').rmdir()
    shutil.rmtree(folder / '.profile')


if __name__ == '__main__':
    main(Path(sys.argv[1]))
